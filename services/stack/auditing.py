"""Verify the sealed audit trails from outside the services: reads the databases, and can write nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.rows import namedtuple_row
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.stack.installation import DEFAULT_FOLDER, Installation
from services.stack.migrations import service_of
from services.stack.postgres import Server
from services.stack.stores import roles_of
from services.trail.checkpoints import (
    Checkpoint,
    KeyRefusedError,
    NoteRefusedError,
    Signer,
    Verifier,
    notes_in,
    origin_of,
)
from services.trail.leaves import row_of
from services.trail.verification import Damage, Examination, Finding, Leaf, Mark

TOLERANCE = timedelta(minutes=10)
MOST_SHOWN = 20
_SLICE = 2_000
_LEAVES: LiteralString = (
    "SELECT l.seq, l.record_id, l.hash, r.id, r.at, r.action, r.outcome, r.subject, r.client_id, r.organisation,"
    " r.purpose, r.persons, r.request_id, r.xid::text AS number"
    " FROM audit_leaf l LEFT JOIN audit_record r ON r.id = l.record_id ORDER BY l.seq"
)
_MARKS: LiteralString = "SELECT size, root, note FROM audit_checkpoint ORDER BY size"
_NODES: LiteralString = "SELECT level, index, hash FROM audit_node"
_UNSEALED: LiteralString = (
    "SELECT r.id, r.at, count(*) OVER () AS many FROM audit_record r WHERE r.at < %s"
    " AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.record_id = r.id) ORDER BY r.at, r.id LIMIT 1"
)
_NEWEST: LiteralString = "SELECT note FROM audit_checkpoint ORDER BY size DESC LIMIT 1"


class CannotVerifyError(RuntimeError):
    """There is no database to read, no key to trust, or no anchor in a file; says which."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one store.

    Attributes:
        rows: Leaves looked at.
        newest: The newest checkpoint's size; None where there is none.
    """

    store: str
    rows: int
    newest: int | None
    findings: Sequence[Finding]


def verify(
    stores: Sequence[str],
    *,
    keys: Sequence[str],
    anchors: Sequence[Path],
    database_url: str | None,
    tolerance: timedelta,
) -> int:
    """Verify trails, print what was found, the first damaged row first, and return the exit code.

    Progress is shown on standard error.

    Args:
        stores: Their names.
        keys: Verifier keys to trust; those of this installation's own key without any.
        anchors: Files that hold earlier checkpoints.
        database_url: Of the only store; of the environment or of this installation without it.
        tolerance: A row older than this without a seal is a finding.

    Returns:
        0: everything is as it was sealed; 1: something is not; 2: it could not be found out.
    """
    console, code = Console(highlight=False, soft_wrap=True), 0
    for store in stores:
        try:
            trusted = _verifiers(store, keys)
            notes = [note for file in anchors for note in _notes(file, store)]
            with _reading(database_url or _url(store)) as connection:
                report = examine(store, connection, trusted, notes, tolerance=tolerance, console=Console(stderr=True))
        except (CannotVerifyError, KeyRefusedError, OSError, psycopg.Error) as trouble:
            console.print(f"{store}: cannot be verified: {trouble}".strip(), style="red", markup=False)
            code = 2
            continue
        _tell(report, console)
        code = max(code, 1 if report.findings else 0)
    return code


def examine(
    store: str,
    connection: psycopg.Connection[Any],
    verifiers: Sequence[Verifier],
    anchors: Iterable[str],
    *,
    tolerance: timedelta,
    console: Console,
) -> Report:
    """Return what is wrong with one store's trail, in the order of the rows.

    Args:
        store: Its name.
        connection: To its database, in one snapshot.
        verifiers: The keys that are trusted for it.
        anchors: Notes that were kept outside.
        tolerance: A row older than this without a seal is a finding.
        console: Where to show progress.
    """
    opened, findings = _opened(store, anchors, verifiers)
    nodes = {(row.level, row.index): bytes(row.hash) for row in connection.execute(_NODES)}
    total = _count(connection)
    newest = connection.execute("SELECT max(size) AS size FROM audit_checkpoint").fetchone()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(store, total=total)
        findings += Examination(store, verifiers, nodes, opened).findings(
            _leaves(connection), _marks(connection), lambda done: progress.update(task, completed=done)
        )
    findings += _unsealed(store, connection, tolerance)
    findings.sort(key=lambda one: (one.seq is None, one.seq or 0))
    return Report(store, total, None if newest is None else newest.size, findings)


def newest_note(store: str, database_url: str | None) -> str:
    """Return a store's newest checkpoint, to be kept outside.

    Raises:
        CannotVerifyError: There is none yet, or its database cannot be read.
    """
    try:
        with _reading(database_url or _url(store)) as connection:
            row = connection.execute(_NEWEST).fetchone()
    except psycopg.Error as trouble:
        raise CannotVerifyError(f"{store}: {trouble}".strip()) from None
    if row is None:
        raise CannotVerifyError(f"{store}: nothing is sealed yet")
    return str(row.note)


def verifier_key(store: str) -> str:
    """Return the key with which a store's checkpoints are checked.

    Raises:
        CannotVerifyError: This machine does not hold the key that signs.
    """
    return Signer(store, _seed()).verifier_key


def _tell(report: Report, console: Console) -> None:
    rows = f"{report.rows:,} rows, newest checkpoint {'none' if report.newest is None else f'{report.newest:,}'}"
    if not report.findings:
        console.print(f"{report.store}: intact: {rows}", style="green", markup=False)
        return
    console.print(f"{report.store}: DAMAGED: {len(report.findings):,} findings in {rows}", style="red", markup=False)
    for number, one in enumerate(report.findings[:MOST_SHOWN]):
        place = "" if one.seq is None else f" at seq {one.seq}"
        record = "" if one.record_id is None else f", record {one.record_id}"
        console.print(f"  {'first: ' if not number else ''}{one.damage}{place}{record}: {one.detail}", markup=False)


def _opened(store: str, notes: Iterable[str], verifiers: Sequence[Verifier]) -> tuple[list[Checkpoint], list[Finding]]:
    opened, findings = [], []
    for note in notes:
        for verifier in verifiers:
            try:
                opened.append(verifier.open(note))
            except NoteRefusedError:
                continue
            break
        else:
            findings.append(Finding(store, Damage.FORGED, None, None, "a known key has not signed the anchor"))
    return opened, findings


def _leaves(connection: psycopg.Connection[Any]) -> Iterator[Leaf]:
    with connection.cursor(name="leaves") as cursor:
        cursor.itersize = _SLICE
        for found in cursor.execute(_LEAVES):
            row = None if found.id is None else row_of(found)
            yield Leaf(found.seq, found.record_id, bytes(found.hash), row, int(found.number or 0))


def _marks(connection: psycopg.Connection[Any]) -> Iterator[Mark]:
    with connection.cursor(name="marks") as cursor:
        cursor.itersize = _SLICE
        for found in cursor.execute(_MARKS):
            yield Mark(found.size, bytes(found.root), found.note)


def _unsealed(store: str, connection: psycopg.Connection[Any], tolerance: timedelta) -> list[Finding]:
    row = connection.execute(_UNSEALED, [datetime.now(UTC) - tolerance]).fetchone()
    if row is None:
        return []
    detail = f"written at {row.at:%Y-%m-%d %H:%M:%S} and not sealed; {row.many:,} such rows"
    return [Finding(store, Damage.UNSEALED, None, row.id, detail)]


def _count(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT count(*) AS many FROM audit_leaf").fetchone()
    return 0 if row is None else int(row.many)


@contextmanager
def _reading(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection in one snapshot that can write nothing, whatever its role may."""
    with psycopg.connect(url, row_factory=namedtuple_row) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


def _verifiers(store: str, keys: Sequence[str]) -> list[Verifier]:
    verifiers = [Verifier(key) for key in keys or [verifier_key(store)]]
    fitting = [one for one in verifiers if one.origin == origin_of(store)]
    if not fitting:
        raise CannotVerifyError(f"none of the keys given is for {origin_of(store)}")
    return fitting


def _notes(file: Path, store: str) -> list[str]:
    notes = notes_in(file.read_text(encoding="utf-8"))
    if not notes:
        raise CannotVerifyError(f"{file} holds no checkpoint")
    return [note for note in notes if note.startswith(f"{origin_of(store)}\n")]


def _seed() -> bytes:
    told = os.environ.get("INDIMAJ_AUDIT_KEY")
    installation = _installation()
    if not told and (installation.folder / "secrets.json").exists():
        told = installation.secrets()["audit_key"]
    if not told:
        raise CannotVerifyError("no key to trust: give --key, or set INDIMAJ_AUDIT_KEY")
    return bytes.fromhex(told)


def _url(store: str) -> str:
    told = os.environ.get(f"INDIMAJ_{service_of(store).upper()}_OWNER_DATABASE_URL")
    if told:
        return told
    server = Server(_installation().postgres_folder)
    if server.pid is None:
        variable = f"INDIMAJ_{service_of(store).upper()}_OWNER_DATABASE_URL"
        raise CannotVerifyError(f"no database: give --database-url, set {variable}, or run ./start in another terminal")
    server.start()
    return server.url(store, role=roles_of(store)[0])


def _installation() -> Installation:
    return Installation(Path(os.environ.get("INDIMAJ_FOLDER", DEFAULT_FOLDER)).resolve())
