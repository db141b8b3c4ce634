"""The OAuth 2 server over HTTP."""
