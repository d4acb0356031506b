"""`make update-spec`: the vendor's document moves, and the vendored one, the package and the changelog follow."""
