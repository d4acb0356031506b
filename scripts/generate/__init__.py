"""`make generate`: the package, from the vendored document."""
