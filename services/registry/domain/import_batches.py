"""A batch of rows meets the register: which rows are taken in, which are known already, which cannot be.

Rows are settled in the file's order: of two rows with the same passport the first is taken and the second reported.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from services.registry.domain.errors import ValueRefusedError
from services.registry.domain.findings import Finding
from services.registry.domain.import_files import Header, split_line
from services.registry.domain.import_rows import RowRules, read_row
from services.registry.domain.persons import Intake, Role
from services.registry.domain.sources import row_fingerprint

_ROW_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
_COLUMN_OF = {"PASSPORT": "passport", "PERMIT": "permit_number"}


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row, read.

    Attributes:
        number: Its place among the file's rows, from 1.
        row_id: The sender's own name for it; empty when it has none that can be taken.
        content: Column to text, as it came; empty columns left out.
        fingerprint: Of the texts.
        intake: None when it is refused.
    """

    number: int
    row_id: str
    content: Mapping[str, str]
    fingerprint: bytes
    intake: Intake | None
    findings: tuple[Finding, ...]


def read_line(number: int, line: bytes, header: Header, rules: RowRules) -> ReadRow:
    """Read one line of a file; whatever is in it, a row comes out."""
    try:
        values = split_line(line, header.columns, header.delimiter)
    except ValueRefusedError as refusal:
        return ReadRow(number, "", {}, b"", None, (Finding("", refusal.code),))
    row = dict(zip(header.columns, values, strict=True))
    row_id = row["row_id"].strip()
    if not _ROW_ID.fullmatch(row_id):
        code = "row-id-format" if row_id else "row-id-missing"
        return ReadRow(number, "", {}, b"", None, (Finding("row_id", code),))
    intake, found = read_row(row, rules)
    content = {column: text for column, text in row.items() if text}
    return ReadRow(number, row_id, content, row_fingerprint(content), intake, tuple(found.all))


@dataclass(frozen=True, slots=True)
class Known:
    """What the register holds that a batch may meet.

    Attributes:
        fingerprints: Row id to the fingerprint it was taken in with.
        numbers: Live identifiers: (system, normalised value).
        heads: Households, by the sender's name, that have a head.
        registered: Row ids that are programme numbers of persons, as exports write them.
    """

    fingerprints: Mapping[str, bytes]
    numbers: AbstractSet[tuple[str, str]]
    heads: AbstractSet[str]
    registered: AbstractSet[str] = frozenset()

    @classmethod
    def of(cls, accepted: Iterable["ReadRow"]) -> "Known":
        """Return what the register will hold of rows that are about to be stored."""
        fingerprints: dict[str, bytes] = {}
        numbers: set[tuple[str, str]] = set()
        heads: set[str] = set()
        for row in accepted:
            fingerprints[row.row_id] = row.fingerprint
            numbers.update(numbers_of(row))
            heads.update(heads_of(row))
        return cls(fingerprints, numbers, heads)


@dataclass(slots=True)
class Settled:
    """A batch, settled.

    Attributes:
        accepted: Rows that become persons.
        unchanged: How many rows are in the register as they are.
        refused: How many rows are reported and not taken in.
        findings: Row and finding, in the file's order.
    """

    accepted: list[ReadRow] = field(default_factory=list)
    unchanged: int = 0
    refused: int = 0
    findings: list[tuple[ReadRow, Finding]] = field(default_factory=list)

    @property
    def warnings(self) -> int:
        """How many rows are taken in with at least one warning."""
        accepted = {row.number for row in self.accepted}
        return len({row.number for row, _ in self.findings} & accepted)


def counted(counts: Mapping[str, int], settled: Settled, *, storing: bool) -> dict[str, int]:
    """Return the counts of a run with those of one more batch.

    Args:
        counts: So far.
        settled: The batch.
        storing: Whether its accepted rows become persons, instead of being looked at only.
    """
    accepted = len(settled.accepted)
    new = {
        "accepted": accepted,
        "stored": accepted if storing else 0,
        "unchanged": settled.unchanged,
        "refused": settled.refused,
        "warnings": settled.warnings,
    }
    return {name: counts.get(name, 0) + more for name, more in new.items()}


def numbers_of(row: ReadRow) -> list[tuple[str, str]]:
    """Return the identifiers a row claims: (system, normalised value)."""
    return [(number.system, number.value_norm) for number in row.intake.identifiers] if row.intake else []


def heads_of(row: ReadRow) -> list[str]:
    """Return the household a row claims to head, if it does."""
    claim = row.intake.household if row.intake else None
    return [claim.key] if claim and claim.role is Role.HEAD else []


def settle(rows: Sequence[ReadRow], known: Known) -> Settled:
    """Decide on each row of a batch."""
    settled = Settled()
    fingerprints = dict(known.fingerprints)
    numbers, heads = set(known.numbers), set(known.heads)
    for row in rows:
        former = fingerprints.get(row.row_id) if row.row_id else None
        if former is not None and former == row.fingerprint:
            settled.unchanged += 1
            continue
        clashes = _row_clash(row, former, known) or _clashes(row, numbers, heads)
        settled.findings += [(row, finding) for finding in (*row.findings, *clashes)]
        if row.intake is None or clashes:
            settled.refused += 1
            continue
        settled.accepted.append(row)
        fingerprints[row.row_id] = row.fingerprint
        numbers.update(numbers_of(row))
        heads.update(heads_of(row))
    return settled


def _row_clash(row: ReadRow, former: bytes | None, known: Known) -> list[Finding]:
    if former is not None:
        return [Finding("row_id", "row-changed")]
    return [Finding("row_id", "already-registered")] if row.row_id in known.registered else []


def _clashes(row: ReadRow, numbers: AbstractSet[tuple[str, str]], heads: AbstractSet[str]) -> list[Finding]:
    found = [Finding(_COLUMN_OF[number[0]], "identifier-in-use") for number in numbers_of(row) if number in numbers]
    return found + [Finding("relation", "household-has-head") for key in heads_of(row) if key in heads]
