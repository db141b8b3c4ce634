"""A row of a service's feed of changes, as it comes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from services.gateway.events.domain.records import Change
from services.kit.withholding import Withheld


class FeedItem(BaseModel):
    """One change. The registry names its subject `person_id`, the others `subject`; what else it holds is not read.

    `withheld` holds at the version of her record that `withheld_at` names; without it, at that of the change.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: int
    at: datetime
    kind: str
    subject: UUID = Field(validation_alias=AliasChoices("subject", "person_id"))
    version: int
    payload: dict[str, Any] = {}
    organisation: str | None = None
    withheld: dict[str, Any] | None = None
    withheld_at: int | None = None


def change_of(source: str, item: Mapping[str, Any]) -> Change:
    """Read a row.

    Raises:
        ValueError: It does not have the agreed shape.
    """
    read = FeedItem.model_validate(item)
    withheld = None if read.withheld is None else Withheld.from_json(read.withheld)
    references = {"person_id": str(item["person_id"])} if "person_id" in item else {}
    organisation = read.organisation or read.payload.get("organisation")
    return Change(
        source=source,
        number=read.id,
        kind=read.kind,
        subject=read.subject,
        version=read.version,
        at=read.at,
        organisation=None if organisation is None else str(organisation),
        references={**references, **read.payload},
        withheld=withheld,
        withheld_at=0 if withheld is None else read.withheld_at or read.version,
    )
