"""The gateway between callers and services in trouble."""
