"""The registry over HTTP: wire shapes in, domain values through, wire shapes out."""
