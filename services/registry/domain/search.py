"""Find a person: by what she is found, how many criteria it takes, and how well a hit fits.

The score ranks; it is no probability that two records are one person. Source: facts.md 9.1 (keys, design).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from services.registry.domain.contacts import Contact, ContactKind
from services.registry.domain.errors import TooFewCriteriaError
from services.registry.domain.folding import NameClasses, joined, tokens
from services.registry.domain.names import Name, search_keys
from services.registry.domain.persons import Person

MOST_TOKENS = 8
_NAME_WEIGHT = 0.7
_UNKNOWN = 0.5
_EXACT, _CLASS, _SKELETON = 1.0, 0.9, 0.75


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """What a person is found by.

    Attributes:
        keys: `k:` consonant skeletons, `c:` classes of spellings, `p:` telephone numbers.
        birth_from: First year in which she may have been born.
        birth_to: Last year in which she may have been born.
    """

    keys: frozenset[str]
    birth_from: int | None
    birth_to: int | None
    nationalities: tuple[str, ...]
    region: str | None


def entry_of(person: Person, spellings: NameClasses, on: date) -> SearchEntry:
    """Return what a person is found by; her region is read on the day."""
    birth = person.core.birth
    return SearchEntry(
        frozenset(search_keys(person.core.names, spellings) | _phone_keys(person.core.contacts)),
        birth.earliest.year if birth.earliest else None,
        birth.latest.year if birth.latest else None,
        tuple(nationality.code for nationality in person.nationalities),
        next((address.region for address in person.addresses if address.valid.contains(on)), None),
    )


def _phone_keys(contacts: Iterable[Contact]) -> set[str]:
    return {
        phone_key(contact.value_norm)
        for contact in contacts
        if contact.kind is ContactKind.PHONE and contact.value_norm
    }


def phone_key(number: str) -> str:
    """Return the key of a number in E.164."""
    return f"p:{number}"


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is asked for, checked; None and empty where nothing is.

    Attributes:
        birth_year_margin: Years on either side that the year may be off.
        identifiers: (system or None for any, normalised value) of an exact number.
        phone: E.164.
    """

    name: str | None = None
    birth_year: int | None = None
    birth_year_margin: int = 0
    nationality: str | None = None
    phone: str | None = None
    region: str | None = None
    identifier: tuple[str | None, str] | None = None
    programme_number: str | None = None

    @property
    def exact(self) -> bool:
        """Whether one number decides."""
        return self.identifier is not None or self.programme_number is not None


def require_enough(criteria: Criteria) -> None:
    """Refuse a search that would list the register.

    One exact number is enough; else a name or a telephone number and at least one more criterion.

    Raises:
        TooFewCriteriaError: It is not enough.
    """
    telling = (criteria.name, criteria.phone)
    others = (criteria.birth_year, criteria.nationality, criteria.region)
    given = sum(part is not None for part in (*telling, *others))
    if not criteria.exact and (given < 2 or telling == (None, None)):  # noqa: PLR2004  # api.md: at least two criteria
        raise TooFewCriteriaError


def alternatives(name: str, spellings: NameClasses) -> list[frozenset[str]]:
    """Return, for each word of a name asked for, the keys of which a hit must have one.

    A word also counts as found where it is joined with its neighbour (Jean Baptiste, Jeanbaptiste).
    """
    parts = tokens(name)[:MOST_TOKENS]
    keys = [spellings.keys_of(forms) for forms in parts]
    pairs = [
        # A word of vowels leaves its neighbour's key as it is (Diallo Hawa): that would find every Diallo.
        frozenset(
            key
            for key in spellings.keys_of(joined(former, latter))
            if key.startswith("c:") or key not in keys[place] | keys[place + 1]
        )
        for place, (former, latter) in enumerate(pairwise(parts))
    ]
    return [
        own | (pairs[place - 1] if place else frozenset()) | (pairs[place] if place < len(pairs) else frozenset())
        for place, own in enumerate(keys)
        if own
    ]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who may be the one, as far as scoring needs her."""

    names: tuple[Name, ...]
    birth_from: int | None
    birth_to: int | None
    nationalities: tuple[str, ...]
    region: str | None
    phones: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a candidate fits.

    Attributes:
        score: 0 to 1.
        matched: The criteria that agree.
    """

    score: float
    matched: tuple[str, ...]


def fit(criteria: Criteria, candidate: Candidate, spellings: NameClasses) -> Fit | None:
    """Return how well a candidate fits; None when a criterion contradicts her.

    What is not known of a candidate counts half. The name carries 0.7 of the score, the rest is shared.
    """
    matched: list[str] = []
    shares: list[float] = []
    for name, agrees in _agreements(criteria, candidate):
        if agrees is False:
            return None
        if agrees:
            matched.append(name)
        shares.append(1.0 if agrees else _UNKNOWN)
    rest = sum(shares) / len(shares) if shares else 1.0
    if criteria.name is None:
        return Fit(round(rest, 3), tuple(matched))
    likeness = max((name_likeness(criteria.name, name, spellings) for name in candidate.names), default=0.0)
    if likeness == 0.0:
        return None
    return Fit(round(_NAME_WEIGHT * likeness + (1 - _NAME_WEIGHT) * rest, 3), ("name", *matched))


def _agreements(criteria: Criteria, candidate: Candidate) -> Iterable[tuple[str, bool | None]]:
    """Yield each criterion but the name, and whether it agrees; None where the candidate's value is unknown."""
    if criteria.birth_year is not None:
        first, last = candidate.birth_from, candidate.birth_to
        margin = criteria.birth_year_margin
        fits = None if first is None or last is None else first - margin <= criteria.birth_year <= last + margin
        yield "birth_year", fits
    if criteria.nationality is not None:
        known = candidate.nationalities
        yield "nationality", criteria.nationality in known if known else None
    if criteria.phone is not None:
        yield "phone", criteria.phone in candidate.phones if candidate.phones else None
    if criteria.region is not None:
        yield "region", criteria.region == candidate.region if candidate.region else None


def name_likeness(asked: str, name: Name, spellings: NameClasses) -> float:
    """Return how alike a name asked for and a stored one are: 1 for the same spelling, whatever the order.

    Each word asked for counts by its best counterpart: same letters 1, same class of spellings 0.9, same consonants
    0.75. Two words also count by the one they make together. Words that nobody asked for cost a little.
    """
    wanted = tokens(asked)[:MOST_TOKENS]
    words = tokens(name.whole)
    stored = [*words, *(joined(former, latter) for former, latter in pairwise(words))]
    if not wanted or not stored:
        return 0.0
    pairs = [joined(former, latter) for former, latter in pairwise(wanted)]
    best = [max(_word_likeness(forms, other, spellings) for other in stored) for forms in wanted]
    for place, forms in enumerate(pairs):
        together = max(_word_likeness(forms, other, spellings) for other in stored)
        together = together if together >= _CLASS else 0.0  # two words' consonants in one row say little
        best[place : place + 2] = [max(best[place], together), max(best[place + 1], together)]
    surplus = max(0, len(words) - len(wanted))
    return sum(best) / len(best) * (1 - 0.05 * min(surplus, 4))


def _word_likeness(one: tuple[str, ...], other: tuple[str, ...], spellings: NameClasses) -> float:
    if set(one) & set(other):
        return _EXACT
    shared = spellings.keys_of(one) & spellings.keys_of(other)
    if any(key.startswith("c:") for key in shared):
        return _CLASS
    return _SKELETON if shared else 0.0
