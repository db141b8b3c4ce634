"""Show an upload to a ClamAV daemon. Source: clamd's INSTREAM command (clamd(8))."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

_ANSWER_S = 120.0
_LONGEST_ANSWER = 1024


class ScannerUnavailableError(ConnectionError):
    """The scanner does not answer, or could not look at all of it: nothing is known of the file."""


class Scanner(Protocol):
    """Looks at content."""

    async def clean(self, parts: AsyncIterator[bytes]) -> bool:
        """Say whether nothing harmful was found.

        Raises:
            ScannerUnavailableError: It could not say.
        """
        ...


class Clamd:
    """A ClamAV daemon.

    Args:
        address: `host:port`.
    """

    def __init__(self, address: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)

    async def clean(self, parts: AsyncIterator[bytes]) -> bool:
        """Say whether the daemon found nothing."""
        try:
            async with asyncio.timeout(_ANSWER_S):
                answer = await self._ask(parts)
        except (OSError, TimeoutError) as error:
            raise ScannerUnavailableError(type(error).__name__) from None
        if answer.endswith(b": OK"):
            return True
        if answer.endswith(b" FOUND"):
            return False
        raise ScannerUnavailableError("no verdict")

    async def _ask(self, parts: AsyncIterator[bytes]) -> bytes:
        reader, writer = await asyncio.open_connection(self._host.strip("[]"), self._port)
        try:
            writer.write(b"zINSTREAM\0")
            async for part in parts:
                writer.write(len(part).to_bytes(4, "big") + part)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            return (await reader.read(_LONGEST_ANSWER)).rstrip(b"\0\n")
        finally:
            writer.close()
