"""The data plane (pure ASGI) and the pages that describe it."""
