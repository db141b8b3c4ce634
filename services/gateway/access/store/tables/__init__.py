"""The area's tables, by subject. Private to `store` and the gateway's migrations."""
