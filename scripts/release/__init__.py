"""Releases: whether the version tells of what changed, under which licences it comes, and the upload; see Makefile."""
