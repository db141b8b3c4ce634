"""Is it still this house? Sizes, names, walls, and no door without a guard."""

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted((ROOT / "services").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SERVICE_LINES, TEST_LINES = 300, 400
KIT_LINES = 2000
BANNED_NAMES = {"utils", "helpers", "manager", "common", "misc", "process", "util", "helper"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
ABANDONED = re.compile(r"\braise NotImplementedError\b|\bpytest\.(skip|mark\.skip|mark\.xfail)\b")
IGNORE = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no cover|fmt:\s*skip)(.*)")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", [*SERVICES, *TESTS], ids=relative)
def test_a_file_fits_in_a_readers_head(path: Path) -> None:
    limit = TEST_LINES if path in TESTS else SERVICE_LINES
    assert len(path.read_text("utf-8").splitlines()) <= limit


def test_the_kit_stays_small() -> None:
    assert sum(code_lines(path) for path in (ROOT / "services/kit").glob("*.py")) < KIT_LINES


@pytest.mark.parametrize("path", [*SERVICES, *TESTS], ids=relative)
def test_names_say_something(path: Path) -> None:
    assert not BANNED_NAMES & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}


@pytest.mark.parametrize("path", [*SERVICES, *TESTS], ids=relative)
def test_nothing_is_left_for_later_and_every_ignore_has_its_reason(path: Path) -> None:
    source = path.read_text("utf-8")
    assert path == Path(__file__) or not ABANDONED.search(source)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        assert token.type != tokenize.COMMENT or not UNFINISHED.search(token.string)
        if token.type == tokenize.COMMENT and (match := IGNORE.search(token.string)):
            kind, rest = match[1], match[2]
            if kind.startswith("fmt"):
                continue
            assert "  #" in rest or " - " in rest, f"{relative(path)}:{token.start[0]} ignores without saying why"
            assert kind.startswith("pragma") or re.match(r"[:\[]", rest.strip()), "an ignore names its rule"


@pytest.mark.parametrize("path", [path for path in SERVICES if path.name == "__init__.py"], ids=relative)
def test_a_package_introduces_itself_and_passes_nothing_on(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), "the first file a newcomer opens says what is here"
    assert not any(isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body)


@pytest.mark.parametrize("path", SERVICES, ids=relative)
def test_nothing_is_configured_by_import(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    built = {"FastAPI", "create_app", "build", "Database", "create_async_engine"}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            name = node.value.func.id if isinstance(node.value.func, ast.Name) else ""
            assert name not in built
            assert not name.endswith("Settings")


@pytest.mark.parametrize(
    "path", [p for p in SERVICES if "operations" in p.parts and p.name != "__init__.py"], ids=relative
)
def test_an_operation_is_one_public_function(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    public = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]
    assert public == [path.stem], f"{relative(path)} holds {public}"


@pytest.mark.parametrize("path", [p for p in SERVICES if "kit" not in p.parts and "stack" not in p.parts], ids=relative)
def test_only_the_session_commits(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr != "commit"


def test_the_walls_have_no_doors() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    assert len(settings["contracts"]) >= 6
    for contract in settings["contracts"]:
        assert not contract.get("ignore_imports"), contract["name"]


def test_the_walls_stand() -> None:
    answer = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_no_registrys_host_and_no_machines_path_is_written_down() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    hosts = re.compile(
        r"files\.pythonhosted|registry\.npmjs\.org/|pypi\.org/simple|/root/\.pyenv|/wo" r"rk/(main|shared)"
    )
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if (
            path.suffix in {".py", ".sh", ".toml", ".yml", ".yaml", ".txt", ".md", ".json", ".ini", ""}
            and path.is_file()
        ):
            assert not hosts.search(path.read_text("utf-8", errors="replace")), name


def code_lines(path: Path) -> int:
    """Count lines that hold code: no blank lines, comments or docstrings."""
    source = path.read_text("utf-8")
    documented = {line for first, last in docstrings(ast.parse(source)) for line in range(first, last + 1)}
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in silent:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - documented)


def docstrings(tree: ast.AST) -> Iterator[tuple[int, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                yield first.lineno, first.end_lineno or first.lineno


def test_every_path_that_the_documents_name_is_there() -> None:
    area = ROOT / "services" / "gateway"
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))):
        for named in re.findall(
            r"`((?:services|docs|tests|scripts|forwarding|demo|deploy)/[\w./*-]+)`", page.read_text("utf-8")
        ):
            folder = area if named.startswith("forwarding/") else ROOT
            assert list(folder.glob(named.rstrip("/"))), f"{page.name} names {named}"
