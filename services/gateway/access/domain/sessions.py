"""Sessions of browsers: how far somebody has come in signing in, how long it lasts, and where she may go on to."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
TOUCHED_EVERY = timedelta(seconds=30)
STEP_UP = timedelta(minutes=10)
"""How old a second factor may be where something grave is done; break-glass in care asks the same."""

HOME = "/account"
_PAGES = ("/account", "/oauth2/authorize", "/portal", "/dashboard", "/enrolment")
_PATH = re.compile(r"/[A-Za-z0-9/_.~-]*(\?[\x21-\x5b\x5d-\x7e]*)?")
_LONGEST_PATH = 4096
_LONGEST_AGENT = 300


class Stage(StrEnum):
    """How far somebody has come: nobody knows her, her password was right, both factors were."""

    ANONYMOUS = "anonymous"
    PASSWORD = "password"  # noqa: S105  # a stage, not a password
    SIGNED_IN = "signed_in"


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A browser that we know again by its cookie.

    Attributes:
        language: Chosen on a page, if any was.
        address: Where it was begun from.
        agent: What the browser calls itself.
        challenge: What a passkey is to sign, once.
        seen_at: Its last request.
        ends_at: When it ends in any case.
        authenticated_at: When the second factor was given.
    """

    id: UUID
    stage: Stage
    account_id: UUID | None
    language: str | None
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    authenticated_at: datetime | None = None
    challenge: bytes | None = None

    @property
    def signed_in(self) -> bool:
        """Whether both factors were given."""
        return self.stage is Stage.SIGNED_IN


def in_force(session: BrowserSession, *, at: datetime) -> bool:
    """Say whether a session still lasts: neither idle for 15 minutes nor older than 12 hours."""
    return at < session.seen_at + IDLE and at < session.ends_at


def factor_age(session: BrowserSession, *, at: datetime) -> timedelta | None:
    """Return how long ago the second factor was given, or None where it was not."""
    return None if session.authenticated_at is None else at - session.authenticated_at


def stepped_up(session: BrowserSession, *, at: datetime, within: timedelta = STEP_UP) -> bool:
    """Say whether the second factor was given lately enough for something grave."""
    age = factor_age(session, at=at)
    return age is not None and age <= within


def onward(path: str | None) -> str:
    """Return where to go on to after signing in: a page of ours, or else the account page.

    Only a path and query of known pages passes: no scheme, no host, no backslash, nothing that a browser could read as
    another site. Source: CWE-601.

    Example:
        >>> onward("//evil.example/account"), onward("/account?x=1")
        ('/account', '/account?x=1')
    """
    if path is None or len(path) > _LONGEST_PATH or not _PATH.fullmatch(path) or path.startswith("//"):
        return HOME
    place = urlsplit(path).path
    known = any(place == page or place.startswith(f"{page}/") for page in _PAGES)
    return path if known and ".." not in place and "//" not in place else HOME


def agent_of(header: str | None) -> str:
    """Return what a browser calls itself, bounded and printable, for the list of one's own sessions."""
    return "".join(char for char in (header or "")[:_LONGEST_AGENT] if char.isprintable())


def browser_of(agent: str) -> tuple[str, str]:
    """Return browser and system that a user agent names, each `?` where it names none that we know.

    Example:
        >>> browser_of("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36")
        ('Chrome', 'Linux')
    """
    browsers = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iOS"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in agent), "?")
    return browser, next((name for mark, name in systems if mark in agent), "?")
