"""Events on the wire: CloudEvents 1.0 in JSON."""

from typing import Any
from uuid import UUID

from pydantic import Field

from services.kit.fields import StrictModel


class CloudEvent(StrictModel):
    """One event: what happened to which record, never what stands in it."""

    specversion: str = Field(examples=["1.0"])
    id: UUID
    source: str = Field(examples=["/indimaj/registry"])
    type: str = Field(examples=["person.updated"])
    subject: UUID = Field(description="The record; events of one subject keep their order")
    time: str
    dataversion: str = Field(examples=["1"])
    datacontenttype: str = Field(examples=["application/json"])
    data: dict[str, Any] = Field(description="References and the record's version; docs/events.md names them by type")


class CloudEventPage(StrictModel):
    """Events, oldest first."""

    items: list[CloudEvent]
    next: str = Field(description="Cursor to ask for the events after these")
    caught_up: bool = Field(description="Whether these are all there are for now")
