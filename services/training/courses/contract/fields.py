"""Field types and the envelope that every list of this area shares."""

from typing import Annotated

from pydantic import Field, StringConstraints

from services.kit.fields import StrictModel

Region = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^(0[1-9]|1[0-2])$"),
    Field(description="Region, two digits (the map of 2015)", examples=["06"]),
]
Unit = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^MA-[A-Z]{3}$"),
    Field(description="Prefecture or province, ISO 3166-2; one of the region's", examples=["MA-CAS"]),
]
Language = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z]{2,3}$")]
Hours = Annotated[int, Field(strict=True, ge=1, le=20_000)]


class ListPage(StrictModel):
    """One page of a list."""

    next: str | None = Field(description="Cursor of the next page; null at the end", examples=[None])
