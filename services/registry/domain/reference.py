"""The code lists and dated rules that intakes are checked against; loaded by the store, passed as an argument."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from services.kit.periods import Period
from services.registry.domain.errors import ValueRefusedError
from services.registry.domain.nationalities import Nationalities

V = TypeVar("V")
PRESENT_SCHEME = "MA-2015"
"""The map in force; its codes are those of an address that names no map."""
_ALWAYS = Period()


@dataclass(frozen=True, slots=True)
class PermitRule:
    """What a type of residence title is while a row of the list is in force. Source: facts.md 10.2.

    Attributes:
        months_min: Shortest usual length, in months; None where the source says nothing.
        months_max: Longest usual length, in months.
        stands_for_permit: Whether it stands for a title that is being made: a récépissé.
        in_force: When titles of this kind may start.
    """

    months_min: int | None
    months_max: int | None
    stands_for_permit: bool
    in_force: Period


@dataclass(frozen=True, slots=True)
class Territory:
    """Regions and units of the map since 2015, under every code they are written with, and of the maps before it.

    Attributes:
        regions: `06` and `MA-06` to the official two-digit code.
        units: ISO 3166-2 and HCP code to (ISO 3166-2 code, region).
        former: Each former map to its regions, like `regions`; of its units nothing is known.
        in_force: Each map to the days on which its codes held.
    """

    regions: Mapping[str, str]
    units: Mapping[str, tuple[str, str]]
    former: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    in_force: Mapping[str, Period] = field(default_factory=dict)

    def scheme_of(self, scheme: str | None, valid: Period, *, coded: bool) -> str:
        """Return the map that an address's codes are of.

        Args:
            scheme: As declared.
            valid: When the address holds.
            coded: Whether it has a code at all.

        Raises:
            ValueRefusedError: `unknown-code`; `scheme-missing` for codes of an address that ended before today's map,
                and that names none; `scheme-not-in-force` for a former map's codes after its time.
        """
        if scheme is None:
            start = self.in_force.get(PRESENT_SCHEME, _ALWAYS).start
            if coded and start is not None and valid.end is not None and valid.end < start:
                raise ValueRefusedError("scheme-missing")
            return PRESENT_SCHEME
        if scheme != PRESENT_SCHEME:
            last = _known(self.in_force, scheme).end
            if last is not None and (valid.end is None or valid.end > last):
                raise ValueRefusedError("scheme-not-in-force")
        return scheme

    def region(self, written: str, scheme: str = PRESENT_SCHEME) -> str:
        """Return the two-digit code of a region.

        Raises:
            ValueRefusedError: `unknown-code`.
        """
        return _known(self.regions if scheme == PRESENT_SCHEME else self.former[scheme], written)

    def unit(self, written: str, scheme: str = PRESENT_SCHEME) -> tuple[str, str]:
        """Return the ISO code of a prefecture or province, and its region.

        Raises:
            ValueRefusedError: `unknown-code`, or `unit-outside-scheme` on a former map.
        """
        if scheme != PRESENT_SCHEME:
            raise ValueRefusedError("unit-outside-scheme")
        return _known(self.units, written)


def _known(table: Mapping[str, V], written: str) -> V:
    found = table.get(written)
    if found is None:
        raise ValueRefusedError("unknown-code")
    return found


@dataclass(frozen=True, slots=True)
class Reference:
    """Every list at once.

    Attributes:
        nationalities: Codes and names of countries.
        territory: Regions and units.
        permit_rules: Permit type to its rows, oldest first.
        legal_statuses: Status to the days on which it may start.
        school_levels: Codes, lowest first.
        languages: Codes.
        identifier_patterns: System to the usual form of a normalised number.
        confusable: Nationality to those that it is taken for. Source: facts.md 9.4.
        numbered_by_issuer: Systems whose issuers each number on their own.
    """

    nationalities: Nationalities
    territory: Territory
    permit_rules: Mapping[str, tuple[PermitRule, ...]]
    legal_statuses: Mapping[str, Period]
    school_levels: tuple[str, ...]
    languages: frozenset[str]
    identifier_patterns: Mapping[str, re.Pattern[str]]
    numbered_by_issuer: frozenset[str] = frozenset()
    confusable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def permit_rule(self, kind: str, on: date | None) -> PermitRule | None:
        """Return the row in force on the day a permit starts; the newest row when the day is unknown.

        Raises:
            ValueRefusedError: `unknown-code` for a type that is on no row.
        """
        rules = _known(self.permit_rules, kind)
        if on is None:
            return rules[-1]
        return next((rule for rule in rules if rule.in_force.contains(on)), None)

    def status_period(self, code: str) -> Period:
        """Return the days on which a legal status may start.

        Raises:
            ValueRefusedError: `unknown-code`.
        """
        return _known(self.legal_statuses, code)

    def school_level(self, code: str) -> str:
        """Return the code when it is on the list.

        Raises:
            ValueRefusedError: `unknown-code`.
        """
        return _listed(self.school_levels, code)

    def language(self, code: str) -> str:
        """Return the code when it is on the list.

        Raises:
            ValueRefusedError: `unknown-code`.
        """
        return _listed(self.languages, code)


def _listed(codes: tuple[str, ...] | frozenset[str], code: str) -> str:
    if code not in codes:
        raise ValueRefusedError("unknown-code")
    return code
