"""Limits on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from services.kit.fields import StrictModel

_MOST = 1_000_000_000
Units = Annotated[int, Field(strict=True, ge=1, le=_MOST)]


class LimitChange(StrictModel):
    """The numbers of a limit."""

    units: Units = Field(description="Units that come back within one window", examples=[3000])
    window_s: int = Field(strict=True, ge=1, le=604_800, description="Length of the window in seconds", examples=[60])
    burst: Units = Field(description="The most units at once, after a time of rest", examples=[600])


class LimitBody(LimitChange):
    """A limit as it is in force for a client, or for every client of a partner."""

    policy: str = Field(description="Name of the limit, as the headers `RateLimit` and `RateLimit-Policy` call it")
    limit_class: str = Field(description="The class of calls that it counts; docs/limits.md lists them")
    about: str = Field(description="What the class is for")
    strict: bool = Field(description="Exact over all processes of the gateway")
    source: Literal["default", "organisation", "client"] = Field(description="Whose numbers these are")
    version: int = Field(description="Of the numbers set here; 0 where none have ever been")


class LimitList(StrictModel):
    """Limits."""

    items: list[LimitBody]
    next: None = Field(default=None, description="There is one page")
