"""The gateway's own trail."""
