"""Wire models of accounts: people of partners who sign in."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.kit.fields import StrictModel, Text

AccountLanguage = Literal["fr", "ar", "en"]
Username = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[a-z0-9][a-z0-9._-]{2,63}$"),
    Field(description="Lower-case letters, digits, `.`, `-`, `_`; unique among all organisations", examples=["amina"]),
]
Scopes = Annotated[
    list[Annotated[str, StringConstraints(max_length=64)]],
    Field(max_length=64, description="The most that a token of hers may carry", examples=[["persons:read"]]),
]


class NewAccount(StrictModel):
    """A person to be invited."""

    username: Username
    display_name: Text
    language: AccountLanguage = "fr"
    scopes: Scopes


class AccountPatch(StrictModel):
    """What changes of an account; what is left out stays."""

    display_name: Text | None = None
    language: AccountLanguage | None = None
    scopes: Scopes | None = None
    active: bool | None = None


class AccountBody(StrictModel):
    """A person of a partner who signs in; nothing that she proves herself with is ever shown."""

    id: UUID
    username: str
    display_name: str
    language: AccountLanguage
    scopes: list[str]
    active: bool
    password: bool = Field(description="Whether she has set a password")
    second_factor: bool = Field(description="Whether she has a code generator or a passkey")
    version: int
    created_at: datetime | None


class InvitedBody(AccountBody):
    """An account with the link that lets its owner set her password."""

    invitation_url: str | None = Field(
        description="Shown this once, and not again in a replayed answer; good for 72 hours and for one use"
    )
    invitation_expires_at: datetime
    approval_id: UUID | None = Field(
        description="The proposal that waits for a second person, where scopes asked for were held back"
    )


class AccountPage(StrictModel):
    """Accounts of an organisation, by username."""

    items: list[AccountBody]
    next: str | None
