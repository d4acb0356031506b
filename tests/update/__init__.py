"""Tests of `make update-spec`."""
