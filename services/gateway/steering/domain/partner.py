"""A partner as its own pages show it, read from what the API answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

IN_FORCE = "in_force"
SOON_DAYS = 60
"""An agreement that ends within so many days is marked: renewing one takes the commission some weeks."""

_FEW, _MANY = 0.5, 0.9
_SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post"})
_PORTAL = "portal."
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret in force.

    Attributes:
        ends_at: None while it is the newest one.
    """

    made_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClientCard:
    """A client.

    Attributes:
        state: `active`, `proposed` or `stopped`.
        secrets: The newest first.
    """

    id: str
    name: str
    state: str
    auth_method: str
    grants: Sequence[str]
    scopes: Sequence[str]
    dpop: bool
    created_at: datetime
    secrets: Sequence[Secret]

    @property
    def has_secret(self) -> bool:
        """Whether it proves itself by a secret."""
        return self.auth_method in _SECRET_METHODS


@dataclass(frozen=True, slots=True)
class ResourceCard:
    """One resource of an agreement.

    Attributes:
        fields: None for all.
        own: Whether only the organisation's own rows.
    """

    resource: str
    actions: Sequence[str]
    fields: Sequence[str] | None
    own: bool


@dataclass(frozen=True, slots=True)
class AgreementCard:
    """An agreement.

    Attributes:
        standing: What it is worth today: `in_force`, `not_yet`, `proposed`, `expired`, `ended` or `rejected`.
        days_left: Days that it is still in force, the last one included; None without an end, or where it is not.
    """

    number: str
    standing: str
    purposes: Sequence[str]
    resources: Sequence[ResourceCard]
    starts_on: date
    ends_on: date | None
    ended_on: date | None
    days_left: int | None

    @property
    def ends_soon(self) -> bool:
        """Whether it is time to renew it."""
        return self.days_left is not None and self.days_left <= SOON_DAYS


@dataclass(frozen=True, slots=True)
class Gauge:
    """How much of one limit a client has used.

    Attributes:
        window_s: Seconds in which `units` come back.
        burst: The most units at once.
        used: Units in use just now, 0 to burst.
        own: Whether the numbers are the client's or its organisation's own, and not the default.
    """

    client_id: str
    limit_class: str
    policy: str
    units: int
    window_s: int
    burst: int
    used: int
    own: bool

    @property
    def level(self) -> str:
        """How full it is: `calm`, `busy` or `full`."""
        share = self.used / self.burst
        return "calm" if share < _FEW else "busy" if share < _MANY else "full"


def clients_of(document: Document) -> list[ClientCard]:
    """Return the organisation's clients, active ones first; the portal itself, which nobody can use, is left out."""
    cards = [_client(each) for each in document["clients"] if not each["client_id"].startswith(_PORTAL)]
    return sorted(cards, key=lambda card: (card.state != "active", card.id))


def agreements_of(document: Document, *, on: date) -> list[AgreementCard]:
    """Return the organisation's agreements: those in force first, those that are over last.

    Args:
        document: The answer of `/v1/partners/me`.
        on: Civil date, Africa/Casablanca.
    """
    order = (IN_FORCE, "not_yet", "proposed", "expired", "ended", "rejected")
    cards = [_agreement(each, on) for each in document["agreements"]]
    return sorted(cards, key=lambda card: (order.index(card.standing), card.ends_on or date.max, card.number))


def purposes_by_scope(agreements: Iterable[AgreementCard]) -> Mapping[str, frozenset[str]]:
    """Return for which purposes the agreements in force give each scope."""
    found: dict[str, set[str]] = {}
    for agreement in agreements:
        if agreement.standing != IN_FORCE:
            continue
        for entry in agreement.resources:
            for action in entry.actions:
                found.setdefault(f"{entry.resource}:{action}", set()).update(agreement.purposes)
    return {scope: frozenset(purposes) for scope, purposes in found.items()}


def _client(document: Document) -> ClientCard:
    secrets = [
        Secret(datetime.fromisoformat(each["created_at"]), moment_of(each["expires_at"]))
        for each in document["secrets"]
    ]
    return ClientCard(
        id=document["client_id"],
        name=document["name"],
        state=document["state"],
        auth_method=document["token_endpoint_auth_method"],
        grants=sorted(document["grant_types"]),
        scopes=sorted(document["scopes"]),
        dpop=document["dpop_required"],
        created_at=datetime.fromisoformat(document["created_at"]),
        secrets=sorted(secrets, key=lambda secret: secret.made_at, reverse=True),
    )


def _agreement(document: Document, on: date) -> AgreementCard:
    ends_on = _day(document["valid_to"])
    in_force = document["standing"] == IN_FORCE
    return AgreementCard(
        number=document["authorisation_number"],
        standing=document["standing"],
        purposes=document["purposes"],
        resources=[
            ResourceCard(each["resource"], each["actions"], each["fields"], each["rows"] == "own")
            for each in document["resources"]
        ],
        starts_on=date.fromisoformat(document["valid_from"]),
        ends_on=ends_on,
        ended_on=_day(document["ended_on"]),
        days_left=(ends_on - on).days + 1 if in_force and ends_on is not None else None,
    )


def moment_of(text: str | None) -> datetime | None:
    """Return an instant as the API writes it, or None."""
    return None if text is None else datetime.fromisoformat(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
