"""Tests that hold for every document: `make update-spec` runs them on what it is about to ship."""
