"""The resource `customers`. Generated: change openapi/, not this file."""
