"""The area on the wire: what partners send and read, and what the services' feeds bring."""
