"""The lines of a stored file, from any byte on, in bounded memory."""

from dataclasses import dataclass

from services.kit.database import Database
from services.registry.domain.import_files import LONGEST_LINE
from services.registry.store import imports


@dataclass(slots=True)
class LineReader:
    """Reads the lines of one import, piece by piece.

    Attributes:
        offset: The first byte that has not been given out.
    """

    database: Database
    job_id: str
    offset: int
    _buffer: bytes = b""
    _at: int = 0

    async def lines(self, count: int) -> list[bytes]:
        """Return up to that many lines that are not blank; none at the file's end.

        A line that is too long is given out cut, one byte past the limit, and skipped to its end.
        """
        found: list[bytes] = []
        while len(found) < count:
            line = await self._line()
            if line is None:
                break
            if not line.isspace():
                found.append(line)
        return found

    async def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n", self._at)
        while end < 0:
            held = len(self._buffer) - self._at
            if held > LONGEST_LINE:
                return await self._skip()
            if not await self._more():
                return self._take(len(self._buffer)) if held else None
            end = self._buffer.find(b"\n", held)
        return self._take(end + 1)

    async def _skip(self) -> bytes:
        """Pass over a line that is too long, and return its beginning."""
        start = self._buffer[self._at : self._at + LONGEST_LINE + 1]
        end = -1
        while end < 0:
            self._take(len(self._buffer))
            if not await self._more():
                return start
            end = self._buffer.find(b"\n")
        self._take(end + 1)
        return start

    def _take(self, end: int) -> bytes:
        """Give out the buffer up to a place; it is not copied until the next piece comes."""
        line = self._buffer[self._at : end]
        self.offset += end - self._at
        self._at = end
        return line

    async def _more(self) -> bool:
        """Put the next piece behind what is held; False at the file's end."""
        held = self._buffer[self._at :]
        async with self.database.sessions() as session:
            piece = await imports.chunk_at(session, self.job_id, self.offset + len(held))
        self._buffer, self._at = held + piece, 0
        return bool(piece)
