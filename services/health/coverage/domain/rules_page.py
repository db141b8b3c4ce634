"""The rules as a page to read: `docs/rules.md`, made from the rows themselves so that it cannot tell another story."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from services.health.coverage.domain.rules import Certainty, Kind, RuleBook, RuleRow

ABOUT: Mapping[Kind, str] = {
    Kind.SCHEME: "Schemes and minimum access: what is in force when, and in which order one is chosen.",
    Kind.ASK: "What each scheme asks for (`SCHEME.CRITERION`), of whom, how. Undated: while in force.",
    Kind.SWITCH: "Which legal status opens which scheme (`SCHEME.STATUS`). PENDING answers REFER: never a yes or a no.",
    Kind.LIMIT: "Thresholds and ceilings, exact decimals.",
    Kind.ACHAMIL_BAND: "AMO ACHAMIL contributions: low < score <= high, MAD a month.",
    Kind.DEPENDANT: "Who may be covered through a head, and up to what age.",
    Kind.EVIDENCE: "What counts as evidence of a fact held by the registry.",
    Kind.DOCUMENT: "Documents of a scheme's file.",
    Kind.PROOF: "For each fact that may be missing: accepted proofs and where they are had.",
    Kind.APPEAL: "Where a decision can be contested.",
    Kind.REASON: "Reasons, in French (the rows hold Arabic and English). ASK: can be answered; REFER: by an authority.",
    Kind.GUIDANCE: "What the desk is told after a verification, in French. None of it refuses care.",
    Kind.TRIGGER: "What may change a decision.",
}
_HEAD = """# Coverage rules

Every rule that a determination can rest on, as it is shipped in `services/health/coverage/reference/` and loaded by
migration 0002. This page is made from those rows (`python -m services.health.rules_page`); a test keeps it current.

Rule set `{fingerprint}`, {count} rows.

A determination pins the hash of its rule set, and a loaded set never changes: a new rule is a new set. Dates include
both ends; an empty cell is open. Sources are those of the domain sheet, section 12; **MEM** is from memory, unverified.

| certainty | rows | means |
| --- | --- | --- |
"""
_MEANS: Mapping[Certainty, str] = {
    Certainty.VERIFIED: "a page was read",
    Certainty.DERIVED: "computed from verified facts",
    Certainty.MEMORY: "from memory, unverified",
    Certainty.DESIGN: "a proposal for the software; no rule of law",
}


def rules_page(book: RuleBook) -> str:
    """Return the page in Markdown."""
    parts = [_HEAD.format(fingerprint=book.fingerprint, count=len(book.rows))]
    for certainty, meaning in _MEANS.items():
        count = sum(row.certainty is certainty for row in book.rows)
        parts.append(f"| {certainty} | {count} | {meaning} |\n")
    for kind, about in ABOUT.items():
        parts.append(f"\n## {kind}\n\n{about}\n\n| code | value | from | to | certainty | source |\n")
        parts.append("| --- | --- | --- | --- | --- | --- |\n")
        parts += [_line(row) for row in book.rows if row.kind is kind]
    return "".join(parts)


def _line(row: RuleRow) -> str:
    source = row.source if row.note is None else f"{row.source} ({row.note})"
    days = ["" if day is None else day.isoformat() for day in (row.period.start, row.period.end)]
    cells = [f"`{row.code}`", _cell(row.value), *days, row.certainty, source]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _cell(value: Any) -> str:
    """Show a value in one line; of texts in several languages, the French one."""
    if isinstance(value, Mapping):
        members: Iterable[tuple[str, Any]] = ((k, v) for k, v in value.items() if k not in {"ar", "en"})
        return ", ".join(f"{name}: {_cell(member)}" for name, member in members)
    if isinstance(value, list):
        return " ".join(_cell(member) for member in value)
    return value if isinstance(value, str) else json.dumps(value)
