"""Accounts of people, their names, passwords and rights.

A person of a partner signs in; a program does not: it is a client. What an account may carry is bounded by its own
scopes, and a token that somebody lets a client have carries no more than the client's and the account's together.
"""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.gateway.access.domain.account_errors import (
    AccountScopeError,
    InvitationInvalidError,
    MalformedUsernameError,
    PasswordGuessableError,
    PasswordLengthError,
)

INVITED_FOR = timedelta(hours=72)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 128
LEAST_STRENGTH = 3
RECOVERY_CODES = 10
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 16
_SHORTEST_WORD = 3
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_GRAVE = frozenset({"partners:admin", "coverage:rules"})


@dataclass(frozen=True, slots=True)
class Account:
    """A person of a partner who signs in.

    Attributes:
        organisation: The organisation's code.
        scopes: The most that a token of hers may carry.
        active: Whether she may sign in: the account and its organisation both stand.
        language: `fr`, `ar` or `en`.
        enabled: Whether the account itself stands.
    """

    id: UUID
    organisation: str
    username: str
    display_name: str
    scopes: frozenset[str]
    active: bool
    language: str
    enabled: bool = True
    version: int = 1
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Factors:
    """What an account can prove itself with.

    Attributes:
        password: Whether a password is set.
        totp: Whether a code generator is enrolled and has been tried.
        passkeys: How many passkeys there are.
        recovery_codes: How many are left.
    """

    password: bool
    totp: bool
    passkeys: int
    recovery_codes: int

    @property
    def second(self) -> bool:
        """Whether there is a second factor; without one, nothing is open to her but enrolling it."""
        return self.totp or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that lets somebody set her password; the token is shown this once."""

    account: Account
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedAccount:
    """An account of the demo with what it is signed in to with, shown this once.

    Attributes:
        totp_secret: Base32, for a code generator.
    """

    username: str
    password: str
    totp_secret: str
    organisation: str


def check_username(username: str) -> str:
    """Return the name if it may name an account.

    Raises:
        MalformedUsernameError: It may not.
    """
    if not _USERNAME.fullmatch(username):
        raise MalformedUsernameError
    return username


def typed_username(typed: str) -> str:
    """Return a username as somebody typed it, in the form in which it is stored; most phones begin with a capital."""
    return unicodedata.normalize("NFKC", typed).strip().lower()


def check_scopes(scopes: Iterable[str], *, partner_scopes: frozenset[str]) -> frozenset[str]:
    """Return the scopes if an account may carry them.

    Args:
        scopes: Asked for.
        partner_scopes: What any partner may be given.

    Raises:
        AccountScopeError: One of them is for the programme's own machines, or is none.
    """
    asked = frozenset(scopes)
    if not asked <= partner_scopes:
        raise AccountScopeError
    return asked


def needs_second_person(scopes: Iterable[str]) -> bool:
    """Say whether a second person must agree before an account is given these scopes.

    Those who hold them decide on the rights of others, or open what is most confidential. Source: design, issue 3
    ("two-person where rights grow").
    """
    return any(scope in _GRAVE or scope.startswith("care:") for scope in scopes)


def invitation_digest(token: str) -> bytes:
    """Return what is stored of an invitation's token, 32 bytes.

    Raises:
        InvitationInvalidError: It has not the form of one.
    """
    if not _TOKEN.fullmatch(token):
        raise InvitationInvalidError
    return hashlib.sha256(token.encode("ascii")).digest()


def held_back(scopes: Iterable[str], *, had: Iterable[str] = ()) -> frozenset[str]:
    """Return the scopes that an account gets only once a second person agrees.

    Args:
        scopes: What it is to carry.
        had: What it carries already.
    """
    grown = frozenset(scopes) - frozenset(had)
    return frozenset(scope for scope in grown if needs_second_person((scope,)))


def plain_password(typed: str) -> str:
    """Return a password in one form, whatever keyboard it was typed on. Source: NIST SP 800-63B 5.1.1.2."""
    return unicodedata.normalize("NFKC", typed)


def without_own_words(password: str, own: Iterable[str]) -> str:
    """Return a password without the person's own words: what is left must be hard to guess by itself.

    Example:
        >>> without_own_words("Amina2026ministry", ["amina", "ministry"])
        '2026'
    """
    for word in sorted(own, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            password = re.sub(re.escape(word), "", password, flags=re.IGNORECASE)
    return password


def check_password(password: str, *, strength: int) -> None:
    """Let a new password through.

    Args:
        password: In its plain form.
        strength: 0 to 4, as zxcvbn counts it, of what is left without the person's own words.

    Raises:
        PasswordLengthError: It is too short or too long.
        PasswordGuessableError: A patient guesser would find it.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise PasswordLengthError
    if strength < LEAST_STRENGTH:
        raise PasswordGuessableError


def new_recovery_codes() -> list[str]:
    """Return fresh codes for a rainy day: 80 random bits each, in letters that nobody mistakes for another."""
    drawn = ("".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH)) for _ in range(RECOVERY_CODES))
    return [_grouped(letters) for letters in drawn]


def plain_recovery_code(typed: str) -> str | None:
    """Return a typed recovery code in its stored form, or None where it is none."""
    letters = "".join(char for char in typed.upper() if char.isalnum())
    if len(letters) != _CODE_LENGTH or not set(letters) <= set(_CODE_LETTERS):
        return None
    return _grouped(letters)


def stored_recovery_code(code: str) -> bytes:
    """Return what is stored of a code, 32 bytes; of 80 random bits a plain digest cannot be searched."""
    return hashlib.sha256(code.encode("ascii")).digest()


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
