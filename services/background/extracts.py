"""What a service says to the gateway when a person asks for everything that is held about her."""

from datetime import date
from typing import Any
from uuid import UUID

from services.background.holdings import Holdings, Section
from services.kit.fields import StrictModel


class RetentionBody(StrictModel):
    """How long a class of data is kept.

    Attributes:
        data_class: Its code.
        months: For so long.
        after: From when on.
    """

    data_class: str
    months: int
    after: str
    certainty: str
    source: str


class SectionBody(StrictModel):
    """A person's rows of one table, as they are stored.

    Attributes:
        name: The table.
        origin: `declared` by her or for her, `recorded` by a service, or `derived` from the registry.
        more: Whether there are more rows than are shown.
    """

    name: str
    title: dict[str, str]
    origin: str
    retention: RetentionBody | None
    rows: list[dict[str, Any]]
    more: bool


class ExtractBody(StrictModel):
    """Everything that a store shows a person of herself."""

    person_id: UUID
    sections: list[SectionBody]


def body_of(person_id: UUID, holdings: Holdings, sections: list[Section], on: date) -> ExtractBody:
    """Return the wire shape, what she knows best first."""
    return ExtractBody(
        person_id=person_id, sections=[_section(section, holdings, on) for section in reversed(sections)]
    )


def _section(section: Section, holdings: Holdings, on: date) -> SectionBody:
    holding, kept = section.holding, holdings.rule(section.holding.data_class, on)
    return SectionBody(
        name=holding.table,
        title=dict(holding.title),
        origin=holding.origin,
        retention=None
        if kept is None
        else RetentionBody(
            data_class=kept.code, months=kept.months, after=kept.after, certainty=kept.certainty, source=kept.source
        ),
        rows=list(section.rows),
        more=section.more,
    )
