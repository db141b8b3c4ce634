"""Ask a process on this machine whether it is ready, without an HTTP library."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

_LIMIT_S = 2.0


async def answers_ok(url: str) -> bool:
    """Say whether a GET of the URL is answered with 200 within two seconds.

    Args:
        url: An `http://host:port/path` URL.
    """
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(_LIMIT_S):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                writer.write(f"GET {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\nconnection: close\r\n\r\n".encode())
                status_line = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return status_line.split()[1:2] == [b"200"]
