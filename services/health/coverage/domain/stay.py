"""Criteria about the person and her stay: alive, identity, residence, legal status, residence title."""

from datetime import date
from typing import Any

from services.health.coverage.domain.facts import Case, Permit, Source
from services.health.coverage.domain.findings import Finding, passed
from services.health.coverage.domain.rules import Ask, Criterion, Kind, RuleBook
from services.kit.periods import Result

ALLOWED, NOT_ALLOWED = "ALLOWED", "NOT_ALLOWED"
UNKNOWN_STATUS = "UNKNOWN"


def alive(case: Case, ask: Ask, _book: RuleBook) -> Finding:
    """Say whether the person is alive on the day. Source: design."""
    died = case.facts.deceased_on
    if died is None or case.as_of <= died:
        return passed(Criterion.ALIVE, "deceased_on", _iso(died), case.facts_source, ask.row)
    return Finding(
        Criterion.ALIVE, Result.FAIL, "deceased_on", _iso(died), case.facts_source, ask.row, "R_DECES",
        attainable=Result.FAIL,
    )  # fmt: skip


def identity(case: Case, ask: Ask, book: RuleBook) -> Finding:
    """Say whether identity is proven or attested; it never fails, it can only be unknown.

    An identifier of a listed system, a residence title, or the word of two witnesses registered in the RNP.
    Source: facts.md 3.6 and 3.8; S58, S60.
    """
    systems = _listed(book, "IDENTITY_SYSTEMS", case)
    held = sorted(i.system for i in case.facts.identifiers if i.system in systems)
    if held:
        return passed(Criterion.IDENTITY, "identifier", held[0], case.facts_source, ask.row)
    titles = sorted(p.type for p in case.facts.permits if p.type in _listed(book, "TITLE_TYPES", case))
    if titles:
        return passed(Criterion.IDENTITY, "permit", titles[0], case.facts_source, ask.row)
    if case.declared.identity_attested:
        return passed(Criterion.IDENTITY, "identity_attested", True, Source.DECLARED, ask.row)
    return Finding(
        Criterion.IDENTITY, Result.UNKNOWN, "identity", None, case.facts_source, ask.row, "R_IDENTITE_NON_PROUVEE",
        {"one_of": sorted(systems)},
    )  # fmt: skip


def resides(case: Case, ask: Ask, book: RuleBook) -> Finding:
    """Say whether the person lives in Morocco: an address, a title of the day, or her word. Source: facts.md 3.8."""
    declared = case.declared.resides_in_morocco
    if declared is False:
        return Finding(
            Criterion.RESIDES, Result.FAIL, "resides_in_morocco", False, Source.DECLARED, ask.row, "R_NON_RESIDENT",
            {"equals": True},
        )  # fmt: skip
    home = case.facts.residence
    if home is not None and (home.since is None or home.since <= case.as_of):
        return passed(Criterion.RESIDES, "residence", home.region or True, case.facts_source, ask.row)
    title = _best_title(case, book, receipt=True)
    if title is not None:
        return passed(Criterion.RESIDES, "permit", title.type, case.facts_source, ask.row)
    if declared:
        return passed(Criterion.RESIDES, "resides_in_morocco", True, Source.DECLARED, ask.row)
    return Finding(
        Criterion.RESIDES, Result.UNKNOWN, "residence", None, case.facts_source, ask.row, "R_RESIDENCE_NON_PROUVEE",
        {"valid_on": case.as_of.isoformat()},
    )  # fmt: skip


def status(case: Case, ask: Ask, book: RuleBook) -> Finding:
    """Say whether a legal status of the day opens the scheme to a foreigner.

    Of several statuses the most favourable counts. A switch that waits for the authority, or a status without a
    row, is UNKNOWN and refers: never a yes, never a no. Source: facts.md 3.3 and 10.3 (`foreigner_switch`).
    """
    codes = sorted(
        s.code for s in case.facts.legal_statuses if s.code != UNKNOWN_STATUS and s.period.contains(case.as_of)
    )
    switches = {code: book.in_force(Kind.SWITCH, f"{ask.scheme}.{code}", case.as_of) for code in codes}
    for code, row in switches.items():
        if row is not None and row.value == ALLOWED:
            return passed(Criterion.STATUS, "legal_status", code, case.facts_source, row)
    for code, row in switches.items():
        if row is None or row.value != NOT_ALLOWED:
            return Finding(
                Criterion.STATUS, Result.UNKNOWN, "legal_status", code, case.facts_source, row or ask.row,
                "R_STATUT_A_CONFIRMER", {"authority": "confirmation"},
            )  # fmt: skip
    needed, attainable = _statuses_wanted(case, ask, book)
    if codes:
        return Finding(
            Criterion.STATUS, Result.FAIL, "legal_status", codes[0], case.facts_source, switches[codes[0]],
            "R_STATUT_NON_COUVERT", needed, attainable,
        )  # fmt: skip
    return Finding(
        Criterion.STATUS, Result.UNKNOWN, "legal_status", None, case.facts_source, ask.row, "R_STATUT_INCONNU",
        needed, attainable,
    )  # fmt: skip


def _statuses_wanted(case: Case, ask: Ask, book: RuleBook) -> tuple[Any, Result]:
    """Return which statuses would open the scheme, and what having one would bring."""
    rows: dict[str, list[str]] = {}
    for row in book.all_in_force(Kind.SWITCH, case.as_of):
        scheme, _, code = row.code.partition(".")
        if scheme == ask.scheme:
            rows.setdefault(row.value, []).append(code)
    if ALLOWED in rows:
        return {"one_of": rows[ALLOWED]}, Result.PASS
    pending = sorted(code for value, codes in rows.items() if value != NOT_ALLOWED for code in codes)
    if pending:
        return {"one_of": pending}, Result.UNKNOWN
    return None, Result.FAIL


def permit_valid(case: Case, ask: Ask, book: RuleBook) -> Finding:
    """Say whether a residence title, or a receipt that stands for one, covers the day.

    A receipt for a renewal stands for the title until the receipt ends (three months, rolled). Without any known
    title the answer is UNKNOWN; only a title that has ended, with nothing after it, is a FAIL.
    Source: law 02-03; facts.md 2.1 and 3.8.
    """
    receipt = bool(ask.parameters.get("receipt", False))
    title = _best_title(case, book, receipt=receipt)
    if title is not None and title.period.end is not None:
        value = {"type": title.type, "to": title.period.end.isoformat()}
        return passed(Criterion.PERMIT_VALID, "permit", value, case.facts_source, ask.row)
    standing = ask.parameters.get("statuses_standing_for_title", [])
    for held in case.facts.legal_statuses:
        if held.code in standing and held.period.contains(case.as_of):
            return passed(Criterion.PERMIT_VALID, "legal_status", held.code, case.facts_source, ask.row)
    ends = [p.period.end for p in _titles(case, book, receipt=receipt) if p.period.end is not None]
    ended = [end for end in ends if end < case.as_of]
    needed = {"valid_on": case.as_of.isoformat()}
    if title is None and ended:
        return Finding(
            Criterion.PERMIT_VALID, Result.FAIL, "permit", {"to": max(ended).isoformat()}, case.facts_source, ask.row,
            "R_TITRE_EXPIRE", needed,
        )  # fmt: skip
    return Finding(
        Criterion.PERMIT_VALID, Result.UNKNOWN, "permit", None, case.facts_source, ask.row, "R_TITRE_NON_PRODUIT",
        needed,
    )  # fmt: skip


def best_title(case: Case, ask: Ask, book: RuleBook) -> Permit | None:
    """Return the title that the criterion rests on: of those covering the day, the one that ends last."""
    return _best_title(case, book, receipt=bool(ask.parameters.get("receipt", False)))


def _titles(case: Case, book: RuleBook, *, receipt: bool) -> list[Permit]:
    receipts = _listed(book, "RECEIPT_TYPES", case)
    types = _listed(book, "TITLE_TYPES", case)
    return [
        permit
        for permit in case.facts.permits
        if (permit.type in types or permit.stands_for_permit)
        and (receipt or not (permit.stands_for_permit or permit.type in receipts))
    ]


def _best_title(case: Case, book: RuleBook, *, receipt: bool) -> Permit | None:
    covering = [p for p in _titles(case, book, receipt=receipt) if p.period.contains(case.as_of)]
    dated = [p for p in covering if p.period.end is not None]
    return max(dated, key=lambda permit: permit.period.end or date.min, default=covering[0] if covering else None)


def _listed(book: RuleBook, code: str, case: Case) -> frozenset[str]:
    row = book.in_force(Kind.EVIDENCE, code, case.as_of)
    return frozenset() if row is None else frozenset(row.value)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
