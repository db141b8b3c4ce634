"""Receive a long body without holding it in memory, and without holding a transaction."""

from collections.abc import AsyncIterable

from services.registry.domain.errors import ImportTooLargeError
from services.registry.operations.start_import import ReceivedFile

LARGEST_FILE = 200 * 1024 * 1024


async def receive(parts: AsyncIterable[bytes], *, limit: int = LARGEST_FILE) -> ReceivedFile:
    """Receive a file to its end, before any transaction begins: a slow sender holds no lock.

    Raises:
        ImportTooLargeError: It is longer than the limit, in bytes.
    """
    file = ReceivedFile()
    try:
        async for part in parts:
            file.add(part)
            _refuse_longer(file, limit)
    except BaseException:
        file.content.close()
        raise
    return file


def _refuse_longer(file: ReceivedFile, limit: int) -> None:
    if file.size > limit:
        raise ImportTooLargeError
