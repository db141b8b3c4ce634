"""Somebody with every right on the database changes the past: each time the verifier names the first damaged row."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import namedtuple_row
from rich.console import Console
from typer.testing import CliRunner

from services.stack import auditing
from services.stack.audit_commands import app
from services.stack.secret_files import write_document
from services.stack.stores import drop_database
from services.trail.checkpoints import Signer
from services.trail.leaves import leaf
from services.trail.merkle import Tree
from services.trail.verification import Damage, Finding
from tests.support.server import Databases
from tests.trail.trails import OTHER_SEED, SEED, SIGNER, STORE, Drill

EXCHANGED_ROWS = """
    UPDATE audit_record r SET action = o.action, persons = o.persons, request_id = o.request_id, at = o.at
    FROM audit_record o
    WHERE (r.id, o.id) IN (SELECT a.record_id, b.record_id FROM audit_leaf a, audit_leaf b
                           WHERE (a.seq, b.seq) IN ((%(one)s, %(two)s), (%(two)s, %(one)s)))
"""
EXCHANGED_LEAVES = """
    CREATE TEMP TABLE gone AS SELECT * FROM audit_leaf WHERE seq IN (%(one)s, %(two)s);
    DELETE FROM audit_leaf WHERE seq IN (%(one)s, %(two)s);
    INSERT INTO audit_leaf SELECT %(one)s + %(two)s - seq, record_id, hash FROM gone
"""


def exchanged(statements: str, one: int, two: int) -> list[str]:
    return (statements % {"one": one, "two": two}).split(";")


async def test_an_untouched_trail_is_intact_whatever_its_size(drill: Drill) -> None:
    assert drill.found() == []
    notes = []
    for count in (1, 1, 5, 300, 700):
        await drill.fill(count)
        notes.append(drill.note())
        assert drill.found(*notes) == []
    assert drill.report().rows == 1007
    assert drill.read("SELECT count(*) FROM audit_node") == [(3,)]


@pytest.mark.parametrize("column", ["action", "outcome", "subject", "client_id", "organisation", "request_id"])
async def test_a_changed_byte_is_named(drill: Drill, column: str) -> None:
    await drill.fill(10, 10)
    record = drill.record_at(13)
    drill.damage(f"UPDATE audit_record SET {column} = overlay({column} PLACING 'X' FROM 1) WHERE id = '{record}'")
    (finding,) = drill.report().findings
    assert (finding.damage, finding.seq, finding.record_id) == ("changed", 13, record)


@pytest.mark.parametrize(
    "change",
    ["purpose = NULL", "persons = '{}'", "persons = persons || ARRAY['x']", "at = at + interval '1 microsecond'"],
)
async def test_a_changed_purpose_person_or_instant_is_named(drill: Drill, change: str) -> None:
    await drill.fill(10)
    drill.damage(f"UPDATE audit_record SET {change} WHERE id = '{drill.record_at(4)}'")
    assert drill.found() == [("changed", 4)]


async def test_a_deleted_row_is_named(drill: Drill) -> None:
    await drill.fill(10, 10)
    record = drill.record_at(7)
    drill.damage(f"DELETE FROM audit_record WHERE id = '{record}'")
    (finding,) = drill.report().findings
    assert (finding.damage, finding.seq, finding.record_id) == ("dropped", 7, record)


async def test_a_row_deleted_with_its_leaf_is_named(drill: Drill) -> None:
    await drill.fill(10, 10)
    drill.damage(f"DELETE FROM audit_record WHERE id = '{drill.record_at(7)}'", "DELETE FROM audit_leaf WHERE seq = 7")
    assert drill.found() == [("dropped", 7)]


async def test_a_cut_off_tail_is_named_with_and_without_its_leaves(drill: Drill) -> None:
    await drill.fill(10, 10)
    drill.damage("DELETE FROM audit_record WHERE id IN (SELECT record_id FROM audit_leaf WHERE seq >= 14)")
    assert drill.found() == [("dropped", seq) for seq in range(14, 20)]
    drill.damage("DELETE FROM audit_leaf WHERE seq >= 14")
    assert drill.found() == [("truncated", 14)]


async def test_a_tail_cut_off_with_its_checkpoints_is_named_by_what_stands_outside(drill: Drill) -> None:
    await drill.fill(10, 10)
    anchor = drill.note()
    drill.damage(
        "DELETE FROM audit_record WHERE id IN (SELECT record_id FROM audit_leaf WHERE seq >= 10)",
        "DELETE FROM audit_leaf WHERE seq >= 10",
        "DELETE FROM audit_checkpoint WHERE size > 10",
    )
    assert drill.found() == []  # nothing inside can tell: this is what anchors are for
    assert drill.found(anchor) == [("truncated", 10)]


async def test_a_tail_cut_off_in_haste_leaves_kept_hashes_behind(drill: Drill) -> None:
    await drill.fill(200, 100)
    drill.damage(
        "DELETE FROM audit_record WHERE id IN (SELECT record_id FROM audit_leaf WHERE seq >= 200)",
        "DELETE FROM audit_leaf WHERE seq >= 200",
        "DELETE FROM audit_checkpoint WHERE size > 200",
    )
    assert drill.found() == [("truncated", 200)]


async def test_cut_off_checkpoints_are_named(drill: Drill) -> None:
    await drill.fill(10, 10)
    drill.damage("DELETE FROM audit_checkpoint WHERE size > 10")
    assert drill.found() == [("truncated", 10)]
    drill.damage("DELETE FROM audit_checkpoint")
    assert drill.found() == [("truncated", 0)]


@pytest.mark.parametrize(("one", "two"), [(2, 5), (5, 2), (3, 14)])
@pytest.mark.parametrize("statement", [EXCHANGED_ROWS, EXCHANGED_LEAVES], ids=["rows", "leaves"])
async def test_two_that_changed_places_are_named(drill: Drill, statement: str, one: int, two: int) -> None:
    await drill.fill(10, 10)
    drill.damage(*exchanged(statement, one, two))
    assert drill.found() == [("reordered", min(one, two)), ("reordered", max(one, two))]


async def test_exchanged_hashes_alone_are_named(drill: Drill) -> None:
    await drill.fill(10)
    drill.damage("UPDATE audit_leaf l SET hash = o.hash FROM audit_leaf o WHERE (l.seq, o.seq) IN ((2, 6), (6, 2))")
    assert drill.found() == [("reordered", 2), ("reordered", 6)]


async def test_a_changed_leaf_is_named(drill: Drill) -> None:
    await drill.fill(10)
    drill.damage("UPDATE audit_leaf SET hash = sha256(hash) WHERE seq = 6")
    assert drill.found() == [("changed", 6)]


async def test_places_exchanged_with_leaves_computed_anew_are_named_by_their_order(drill: Drill) -> None:
    await drill.fill(10, 10)
    drill.damage(*exchanged(EXCHANGED_LEAVES, 12, 17))
    reseal(drill)
    assert drill.found() == [("reordered", 12)]


async def test_a_changed_row_with_its_leaf_computed_anew_is_named_by_its_batch(drill: Drill) -> None:
    await drill.fill(10, 4, 10)
    drill.damage(f"UPDATE audit_record SET action = 'x' WHERE id = '{drill.record_at(12)}'")
    reseal(drill)
    (finding,) = drill.report().findings
    assert (finding.damage, finding.seq) == ("changed", 10)
    assert "10 to 13" in finding.detail


async def test_a_changed_kept_hash_is_named(drill: Drill) -> None:
    await drill.fill(600)
    drill.damage("UPDATE audit_node SET hash = sha256(hash) WHERE index = 1")
    assert drill.found() == [("changed", 256)]


async def test_a_checkpoint_that_nobody_signed_is_named(drill: Drill) -> None:
    await drill.fill(5, 5, 5)
    drill.damage("UPDATE audit_checkpoint SET root = sha256(root) WHERE size = 10")
    assert drill.found() == [("forged checkpoint", 5)]
    drill.damage("UPDATE audit_checkpoint SET note = replace(note, 'T', 't') WHERE size = 15")
    assert drill.found() == [("forged checkpoint", 5)]


async def test_a_history_rewritten_under_another_key_is_named(drill: Drill) -> None:
    await drill.fill(10, 10)
    anchor = drill.note()
    drill.damage(
        f"UPDATE audit_record SET organisation = 'somebody else' WHERE id = '{drill.record_at(3)}'",
        "DELETE FROM audit_leaf",
        "DELETE FROM audit_node",
        "DELETE FROM audit_checkpoint",
    )
    other = Signer(STORE, OTHER_SEED)
    assert (await drill.seal(other)).count == 20
    assert drill.found() == [("forged checkpoint", 0)]
    assert drill.found(keys=[other.verifier_key]) == []
    assert drill.found(anchor) == [("forged checkpoint", 0), ("forked", 0)]


async def test_a_history_rewritten_under_the_stolen_key_is_named_by_what_stands_outside(drill: Drill) -> None:
    await drill.fill(10)
    early = drill.note()
    await drill.fill(10)
    late = drill.note()
    drill.damage(f"UPDATE audit_record SET action = 'x' WHERE id = '{drill.record_at(13)}'")
    drill.damage("DELETE FROM audit_leaf WHERE seq >= 10", "DELETE FROM audit_checkpoint WHERE size > 10")
    assert (await drill.seal()).count == 10
    assert drill.found() == []
    assert drill.found(early) == []
    assert drill.found(late, early) == [("forked", 10)]


async def test_a_fork_after_a_restored_copy_is_named_by_what_stands_outside(drill: Drill, databases: Databases) -> None:
    await drill.fill(10)
    await copied(drill, databases, drill.store.name, "training_kept")
    await drill.fill(6)
    shown = drill.note()
    drop_database(databases.server, drill.store.name)
    await copied(drill, databases, "training_kept", drill.store.name)
    drop_database(databases.server, "training_kept")
    await drill.fill(8)
    assert drill.found() == []
    assert drill.found(shown) == [("forked", 0)]
    drill.damage("DELETE FROM audit_record WHERE request_id = 'r-0'")
    assert drill.found(shown) == [("dropped", 0), ("forked", 0)]


async def test_an_anchor_that_nobody_signed_is_named(drill: Drill) -> None:
    await drill.fill(3)
    forged = Signer(STORE, OTHER_SEED).sign(2, b"\x00" * 32, at=datetime.now(UTC))
    assert drill.found(forged) == [("forged checkpoint", None)]


async def test_a_row_that_waits_too_long_for_its_seal_is_named(drill: Drill) -> None:
    await drill.fill(2)
    drill.write(3)
    assert drill.found() == []
    (finding,) = drill.report(tolerance=timedelta(0)).findings
    assert (finding.damage, finding.seq) == ("unsealed too long", None)
    assert "3 such rows" in finding.detail


async def test_the_command_names_the_damage_and_ends_with_its_code(drill: Drill, tmp_path: Path) -> None:
    await drill.fill(10)
    anchor = tmp_path / "anchor.txt"
    anchor.write_text(f"kept in the ministry's register\n{drill.note()}", encoding="utf-8")
    told = {
        "INDIMAJ_TRAINING_OWNER_DATABASE_URL": drill.store.owner_url,
        "INDIMAJ_AUDIT_KEY": SEED.hex(),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }

    async def command(*arguments: str) -> tuple[int | None, str]:
        line = (sys.executable, "-P", "-m", "services", "audit", *arguments)
        process = await asyncio.create_subprocess_exec(*line, env=told, stdout=subprocess.PIPE)
        output, _ = await process.communicate()
        return process.returncode, output.decode()

    good = await command("verify", "training", "--anchor", str(anchor))
    assert good == (0, "training: intact: 10 rows, newest checkpoint 10\n")
    record = drill.record_at(4)
    drill.damage(f"UPDATE audit_record SET action = 'x' WHERE id = '{record}'")
    code, output = await command("verify", "training", "--key", SIGNER.verifier_key)
    assert code == 1
    assert output.splitlines() == [
        "training: DAMAGED: 1 findings in 10 rows, newest checkpoint 10",
        f"  first: changed at seq 4, record {record}: the row does not give its leaf",
    ]


async def test_the_command_tells_what_it_could_not_find_out(
    drill: Drill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await drill.fill(3)
    monkeypatch.setenv("INDIMAJ_AUDIT_KEY", SEED.hex())
    monkeypatch.setenv("INDIMAJ_FOLDER", str(tmp_path))
    run = CliRunner().invoke
    url = ["--database-url", drill.store.owner_url]
    assert run(app, ["verify", "training", *url]).exit_code == 0
    assert run(app, ["checkpoint", "training", *url]).stdout == drill.note()
    assert run(app, ["key", "training"]).stdout.strip() == SIGNER.verifier_key
    stranger = Signer("registry", OTHER_SEED).verifier_key
    for wrong in (["--key", stranger], ["--key", "x"], ["--anchor", "/nowhere"], ["--anchor", "/dev/null"]):
        answer = run(app, ["verify", "training", *url, *wrong])
        assert (answer.exit_code, "cannot be verified" in answer.stdout) == (2, True), answer.stdout
    away = ["--database-url", "postgresql://127.0.0.1:9/x"]
    assert run(app, ["verify", "training", *away]).exit_code == 2
    assert run(app, ["checkpoint", "training", *away]).exit_code == 2
    assert run(app, ["checkpoint"]).exit_code == 2  # no database is named, none runs in the folder
    assert run(app, ["verify", *url]).exit_code == 2  # of which store would that be?
    monkeypatch.delenv("INDIMAJ_AUDIT_KEY")
    assert run(app, ["key", "all"]).exit_code == 2
    write_document(tmp_path / "secrets.json", {"audit_key": SEED.hex()})
    assert SIGNER.verifier_key in run(app, ["key", "all"]).stdout.split()


async def test_a_role_that_can_read_four_tables_is_enough(drill: Drill) -> None:
    await drill.fill(3)
    database = drill.store.name
    drill.damage(
        "CREATE ROLE auditor LOGIN PASSWORD 'a paper of its own'",
        f"GRANT CONNECT ON DATABASE {database} TO auditor",
        "GRANT USAGE ON SCHEMA public TO auditor",
        "GRANT SELECT ON audit_record, audit_leaf, audit_node, audit_checkpoint TO auditor",
    )
    url = make_conninfo(drill.store.admin_url, user="auditor", password="a paper of its own")
    options = ["--database-url", url, "--key", SIGNER.verifier_key]
    answer = CliRunner().invoke(app, ["verify", "training", *options])
    assert (answer.exit_code, answer.stdout) == (0, "training: intact: 3 rows, newest checkpoint 3\n")
    with auditing._reading(drill.store.admin_url) as owner, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        owner.execute("DELETE FROM audit_checkpoint")
    drill.damage("DROP OWNED BY auditor", "DROP ROLE auditor")


def test_a_report_of_much_damage_shows_the_first_rows(capsys: pytest.CaptureFixture[str]) -> None:
    findings = [Finding(STORE, Damage.CHANGED, seq, None, "x") for seq in range(50)]
    auditing._tell(auditing.Report(STORE, 50, None, findings), Console(width=200))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "training: DAMAGED: 50 findings in 50 rows, newest checkpoint none"
    assert lines[1:3] == ["  first: changed at seq 0: x", "  changed at seq 1: x"]
    assert len(lines) == 1 + auditing.MOST_SHOWN


async def copied(drill: Drill, databases: Databases, original: str, copy: str) -> None:
    """Copy a database, to which nobody may be connected."""
    await drill.database.close()
    with psycopg.connect(databases.server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {copy} OWNER training_owner TEMPLATE {original}".encode())
        connection.execute(f"GRANT CONNECT ON DATABASE {copy} TO training_app".encode())


def reseal(drill: Drill) -> None:
    """Compute every leaf and kept hash anew from the rows as they stand now, as an attacker without the key would."""
    with psycopg.connect(drill.store.admin_url, row_factory=namedtuple_row) as connection:
        rows = [one for one in auditing._leaves(connection) if one.row is not None]
    tree = Tree()
    for one in rows:
        assert one.row is not None
        digest = leaf(one.row, one.seq)
        drill.damage("UPDATE audit_leaf SET hash = %s WHERE seq = %s", values=(digest, one.seq))
        for node in tree.append(digest):
            drill.damage("UPDATE audit_node SET hash = %s WHERE index = %s", values=(node.hash, node.index))
