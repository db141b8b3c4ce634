"""Imports: send a file, fetch its report."""

import csv
import io
import re
from collections.abc import AsyncIterator, Iterable
from enum import StrEnum
from typing import Annotated, Any

import orjson
from fastapi import Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from services.background import job_routes, jobs
from services.background.job_routes import JobBody
from services.kit import problems
from services.kit.callers import Caller, requires
from services.kit.clock import Now
from services.kit.database import Database, ReadSession, WriteSession
from services.kit.problems import FieldError, Language, Problem, language_of
from services.kit.routes import Router, documented
from services.registry.api.bulk_problems import WORKBOOK_REFUSED
from services.registry.api.problems import IMPORT_EMPTY, IMPORT_HEADER_REFUSED, IMPORT_TOO_LARGE, IMPORT_UNFINISHED
from services.registry.api.receiving import LARGEST_FILE, receive
from services.registry.api.words import remedy
from services.registry.clients.workbooks import MEDIA_TYPE as XLSX
from services.registry.domain.errors import (
    ImportColumnsNotAgreedError,
    ImportHeaderRefusedError,
    ImportNotFoundError,
    ImportTooLargeError,
)
from services.registry.domain.import_files import Format
from services.registry.operations.start_import import start_import as start
from services.registry.store import imports as store
from services.registry.store.imports import ReportLine

MEDIA_TYPE = "text/csv"
FORMATS = {
    MEDIA_TYPE: Format.CSV,
    "application/jsonl": Format.JSONL,
    "application/x-ndjson": Format.JSONL,
    XLSX: Format.XLSX,
}
"""Media type of a body to what it is written in."""
PAGE = 2_000
_LENGTH = re.compile(r"[0-9]{1,18}")
REPORT_COLUMNS = ("row", "field", "code", "detail", "severity", "row_id")

router = Router(tags=["imports"])


class Mode(StrEnum):
    """What an import does."""

    VALIDATE = "validate"
    COMMIT = "commit"


class ReportFormat(StrEnum):
    """What a report is written in."""

    CSV = "csv"
    JSON = "json"


_COLUMNS = """Up to 200 MiB, named by Content-Type. CSV in UTF-8 with a header, one row a line; commas, semicolons or
tabs. XLSX: the first sheet, its first row the header. JSON Lines: each line an object whose members are columns, with
texts, numbers, null, or for `languages` a list. Columns, in any order, all but `row_id` optional and may be empty:

- `row_id`: the sender's own name for the row, the same in every file of a dataset
- `given` `family`: names in Latin script; `given_ar` `family_ar`: in Arabic script; one of the four is needed
- `sex`: F, M, X or UNKNOWN
- `birth`: `1990`, `1990-05`, `1990-05-12`, `12/05/1990` (day first), `vers 1988`, `né vers 1988`
- `nationality`: ISO alpha-3 or a country's French name, never an adjective
- `birth_place`, `father_name`, `mother_name`, `phone` (national or +212), `passport`
- `permit_type`, `permit_number`, `permit_from`, `permit_to`; `legal_status`, `status_from`
- `region` (06 or MA-06), `unit` (ISO or HCP code), `commune`
- `school_level`, `languages` (codes parted by spaces)
- `name_as_written`: a name whose parts or order are not known
- `email`; `safe_to_call`, `safe_to_text` (yes, no or empty) and `safe_hours` (`Mo-Fr 14:00-17:00`) of the telephone
- `address_line`: street and number
- `household` and `relation` (HEAD, CHILD, SPOUSE, OTHER): rows with the same value live together

Codes are those of /v1/reference."""

_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": _COLUMNS,
        "content": {
            MEDIA_TYPE: {
                "schema": {"type": "string"},
                "example": "row_id,given,family,sex,birth,nationality\n0000001,Awa,Diallo,F,1990,GIN\n",
            },
            "application/jsonl": {
                "schema": {"type": "string"},
                "example": '{"row_id": "0000001", "given": "Awa", "family": "Diallo", "birth": 1990}\n',
            },
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_OWN_REPORT: dict[str, Any] = {"x-sharing": {"whole": True}}
"""What an import says is about the rows that the caller has sent itself."""


@router.post(
    "/v1/imports",
    operation_id="import_persons",
    status_code=202,
    response_model=JobBody,
    openapi_extra={**_FILE, **_OWN_REPORT},
    responses=documented(
        problems.UNSUPPORTED_MEDIA, IMPORT_TOO_LARGE, IMPORT_HEADER_REFUSED, IMPORT_EMPTY, WORKBOOK_REFUSED
    ),
)
async def import_persons(
    *,
    request: Request,
    response: Response,
    caller: Annotated[Caller, requires("imports:write")],
    session: WriteSession,
    at: Now,
    mode: Annotated[Mode, Query(description="`validate` writes nothing but the report")] = Mode.VALIDATE,
    dataset: Annotated[
        str,
        Query(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
            description="Whose numbering `row_id` is: the same row_id in the same dataset is the same row",
        ),
    ] = "default",
    atomic: Annotated[
        bool, Query(description="Store all rows or, when one is refused, none; up to 200,000 rows")
    ] = False,
) -> JobBody:
    """Take in a file (CSV, XLSX, JSON Lines) and import it as a job.

    Each row is stored or reported, with row, field, code and what to do. The same file again changes nothing; a
    killed import goes on where it was. Watch `Location`; the report is at /v1/imports/{job_id}/report.
    """
    file_format = _format(request)
    try:
        file = await receive(request.stream())
    except ClientDisconnect:
        raise Problem(problems.BAD_REQUEST) from None
    try:
        job = await start(
            session,
            file,
            mode=mode.value,
            dataset=dataset,
            caller=caller,
            at=at,
            fields=_writable(caller),
            file_format=file_format,
            atomic=atomic,
        )
    except ImportColumnsNotAgreedError as refused:
        errors = [FieldError(f"/header/{place}", "field_not_agreed", "Leave it out") for place in refused.places]
        raise Problem(problems.FIELD_NOT_AGREED, errors) from None
    except ImportHeaderRefusedError as refused:
        raise Problem(IMPORT_HEADER_REFUSED, list(_header_errors(refused))) from None
    finally:
        file.content.close()
    response.headers["location"] = f"/v1/jobs/{job.id}"
    return job_routes.body_of(job)


def _writable(caller: Caller) -> frozenset[str] | None:
    """Return the fields of a person that the caller may write, row by row or by file; None for all."""
    found: frozenset[str] | None = None
    for share in (caller.share_of("imports"), caller.share_of("persons")):
        if share is not None and share.fields is not None:
            found = share.fields if found is None else found & share.fields
    return found


def _format(request: Request) -> Format:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in FORMATS:
        raise Problem(problems.UNSUPPORTED_MEDIA)
    declared = request.headers.get("content-length", "")
    if _LENGTH.fullmatch(declared) and int(declared) > LARGEST_FILE:
        raise ImportTooLargeError
    return FORMATS[media_type]


def _header_errors(refused: ImportHeaderRefusedError) -> Iterable[FieldError]:
    for place, name, code in refused.columns:
        pointer = f"/header/{place}" if place else f"/header/{name}"
        yield FieldError(pointer, code, remedy(code))


@router.get(
    "/v1/imports/{job_id}/report",
    operation_id="read_import_report",
    openapi_extra=_OWN_REPORT,
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "One line for each finding",
            "content": {
                MEDIA_TYPE: {
                    "schema": {"type": "string"},
                    "example": "row,field,code,detail,severity,row_id\n29,given,name-missing,...,error,0000029\n",
                },
                "application/json": {"schema": {"type": "object"}},
            },
        },
        **documented(IMPORT_UNFINISHED),
    },
)
async def read_import_report(
    *,
    request: Request,
    job_id: Annotated[str, Path(pattern=r"^registry-[0-9a-f-]{36}$", description="Id of the import's job")],
    caller: Annotated[Caller, requires("imports:write")],
    session: ReadSession,
    written: Annotated[
        ReportFormat, Query(alias="format", description="A line for each finding, or `items` with an object for each")
    ] = ReportFormat.CSV,
) -> StreamingResponse:
    """Return what an import found, as CSV or JSON: row (from 1), field, code, what to do, severity, row_id.

    A row with an error was not stored; a warning goes with a stored row. In the language of Accept-Language.
    """
    job = await jobs.find(session, job_id)
    if job is None or job.organisation != caller.organisation:
        raise ImportNotFoundError
    if job.state not in jobs.ENDED:
        raise Problem(IMPORT_UNFINISHED, headers={"retry-after": "2"})
    language = language_of(request.headers.get("accept-language"))
    as_json = written is ReportFormat.JSON
    return StreamingResponse(
        (_json_report if as_json else _report)(request.app.state.database, job_id, language),
        media_type="application/json" if as_json else f"{MEDIA_TYPE}; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="{job_id}.{written.value}"',
            "content-language": language,
            "cache-control": "no-store",
        },
    )


async def _report(database: Database, job_id: str, language: Language) -> AsyncIterator[bytes]:
    yield _lines([REPORT_COLUMNS])
    async with database.sessions() as session:
        async for page in store.report(session, job_id, page=PAGE):
            yield _lines(_line(line, language) for line in page)


async def _json_report(database: Database, job_id: str, language: Language) -> AsyncIterator[bytes]:
    yield b'{"items": ['
    parted = b""
    async with database.sessions() as session:
        async for page in store.report(session, job_id, page=PAGE):
            items = (dict(zip(REPORT_COLUMNS, _line(line, language), strict=True)) for line in page)
            yield parted + b",".join(orjson.dumps(item) for item in items)
            parted = b","
    yield b"]}"


def _line(line: ReportLine, language: Language) -> tuple[Any, ...]:
    return line.row, line.field, line.code, remedy(line.code, language), line.severity, line.row_id


def _lines(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
