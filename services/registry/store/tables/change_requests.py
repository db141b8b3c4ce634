"""Changes of sensitive fields that wait for a second pair of eyes."""
