"""Generated from the vendored document by `make generate`: never edited, replaced as a whole.

To change what is here: openapi/overlay.yaml, then generator-config.yaml, then openapi/templates/.
"""
