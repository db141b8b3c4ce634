"""Set an extract as PDF, with the template and the fonts of `reference/`."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import typst

from services.gateway.persons.reference.extract_words import FONTS, TEMPLATE

_one_at_a_time = asyncio.Semaphore(1)


async def typeset(said: Mapping[str, Any], *, at: datetime) -> bytes:
    """Return the PDF; set beside the event loop, one at a time, from packaged files alone.

    Args:
        said: What the template shows.
        at: The document's date.
    """
    data = orjson.dumps(said).decode()
    async with _one_at_a_time:
        return await asyncio.to_thread(_compile, data, at)


def _compile(data: str, at: datetime) -> bytes:
    made = typst.compile(
        TEMPLATE,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": data},
        timestamp=int(at.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("a document of one file is expected")
    return made
