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

    async def lines(self, count: int) -> list[bytes]:
        """Return up to that many lines that are not blank; none at the file's end.

        A line that is too long is given out cut, one byte past the limit, and skipped to its end.
        """
        found: list[bytes] = []
        while len(found) < count:
            line = await self._line()
            if line is None:
                break
            if line.strip():
                found.append(line)
        return found

    async def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n")
        while end < 0:
            more = await self._more()
            if not more:
                return self._take(len(self._buffer)) if self._buffer else None
            searched = len(self._buffer)
            self._buffer += more
            end = self._buffer.find(b"\n", searched)
            if end < 0 and len(self._buffer) > LONGEST_LINE:
                return await self._skip()
        return self._take(end + 1)

    async def _skip(self) -> bytes:
        """Pass over a line that is too long, and return its beginning."""
        start = self._buffer[: LONGEST_LINE + 1]
        while True:
            end = self._buffer.find(b"\n")
            if end >= 0:
                self._take(end + 1)
                return start
            self._take(len(self._buffer))
            self._buffer = await self._more()
            if not self._buffer:
                return start

    def _take(self, size: int) -> bytes:
        line, self._buffer = self._buffer[:size], self._buffer[size:]
        self.offset += size
        return line

    async def _more(self) -> bytes:
        async with self.database.sessions() as session:
            return await imports.chunk_at(session, self.job_id, self.offset + len(self._buffer))
