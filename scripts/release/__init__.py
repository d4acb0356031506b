"""Releases: whether the version tells of what changed, and the upload; the Makefile calls the tools around them."""
