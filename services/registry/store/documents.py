"""A person as JSON, built by PostgreSQL in one statement: for the wire, and for the store's own loading.

Two questions shape the statement: what was true on a day (`as_of`), and what was known at an instant (`known_at`).
"""

from functools import cache

from services.registry.domain.relationships import INVERSE
from services.registry.store.civil_days import CIVIL_TODAY
from services.registry.store.withheld import withheld_expression

_INSTANT = "(to_json({} AT TIME ZONE 'UTC') #>> '{{}}') || 'Z'"
_PERIOD = "'valid_from', lower({0}.valid), 'valid_to', upper({0}.valid) - 1"

BIRTH = """json_build_object(
    'year', p.birth_year, 'month', p.birth_month, 'day', p.birth_day, 'precision', p.birth_precision,
    'circa_plus_minus', p.birth_circa, 'declared_as', p.birth_declared_as, 'earliest', p.birth_earliest,
    'latest', p.birth_latest, 'suspect_default', p.birth_suspect_default, 'source', p.birth_source)"""

IDENTIFIER = """json_build_object('id', coalesce(i.first_id, i.id), 'system', i.system, 'value', i.value,
    'issuer', i.issuer, 'issued_on', i.issued_on, 'expires_on', i.expires_on)"""
PERMIT = f"""json_build_object('id', coalesce(r.first_id, r.id), 'type', r.type, 'number', r.number,
    'mention', r.mention, {_PERIOD.format("r")}, 'stands_for_permit', r.stands_for_permit,
    'end_reason', r.end_reason)"""
STATUS = f"json_build_object('id', coalesce(s.first_id, s.id), 'code', s.code, {_PERIOD.format('s')})"
ADDRESS = f"""json_build_object('id', coalesce(a.first_id, a.id), 'region', a.region, 'unit', a.unit,
    'commune', a.commune, 'line', a.line, 'scheme', a.scheme, {_PERIOD.format("a")})"""
NATIONALITY = f"""json_build_object('id', coalesce(n.first_id, n.id), 'code', n.code, {_PERIOD.format("n")},
    'confirmed', n.confirmed)"""
DATED = frozenset({"permit", "legal_status", "address", "nationality"})
"""Parts that are true over a span of days; an identifier is only known."""

_PARTS = {
    "identifier": ("i", IDENTIFIER),
    "permit": ("r", PERMIT),
    "legal_status": ("s", STATUS),
    "address": ("a", ADDRESS),
    "nationality": ("n", NATIONALITY),
}


def link_other(alias: str, person: str) -> str:
    """Return the SQL of the other end of a relationship row."""
    return f"(CASE WHEN {alias}.person_id = {person} THEN {alias}.other_id ELSE {alias}.person_id END)"


def link_kind(alias: str, person: str) -> str:
    """Return the SQL of what the other end of a relationship row is to a person."""
    inverse = " ".join(f"WHEN '{kind}' THEN '{name}'" for kind, name in INVERSE.items())
    return f"(CASE WHEN {alias}.person_id = {person} THEN CASE {alias}.kind {inverse} END ELSE {alias}.kind END)"


def _live(alias: str, known: str | None) -> str:
    return f"upper_inf({alias}.known)" if known is None else f"{alias}.known @> {known}"


def _all(  # noqa: PLR0917  # the clauses of one subquery, in SQL's order
    table: str, alias: str, item: str, order: str, known: str | None = None, valid: str | None = None
) -> str:
    """Return the subquery that lists a person's rows of one table."""
    on = f" AND {alias}.valid @> {valid}" if valid else ""
    return (
        f"(SELECT coalesce(json_agg({item} ORDER BY {order}), '[]') FROM {table} {alias}"
        f" WHERE {alias}.person_id = p.id AND {_live(alias, known)}{on})"
    )


@cache
def person_statement(*, as_of: bool, known_at: bool) -> str:
    """Return the statement that reads one person as JSON text, with her version.

    Parameters: $1 her id; $2 the day on which address and household are read; $3 the instant, when `known_at`.

    Args:
        as_of: Whether lists hold only what was true on $2, instead of everything known.
        known_at: Whether everything is read as it was known at $3, instead of now.
    """
    known = "$3::timestamptz" if known_at else None
    valid = "$2::date" if as_of else None
    body = f"""json_build_object(
        'id', p.id, 'programme_number', p.programme_number, 'version', p.version,
        'recorded_at', {_INSTANT.format("p.recorded_at")}, 'created_at', {_INSTANT.format("p.created_at")},
        'names', p.names, 'sex', p.sex, 'birth', {BIRTH}, 'birth_place', p.birth_place,
        'nationalities', {_all("nationality", "n", "n.code", "n.id", known, "$2::date")},
        'mother_name', p.mother_name, 'father_name', p.father_name, 'languages', p.languages,
        'school_level', p.school_level, 'contacts', p.contacts,
        'address', (SELECT {ADDRESS} FROM address a
            WHERE a.person_id = p.id AND {_live("a", known)} AND a.valid @> $2::date LIMIT 1),
        'identifiers', {_all("identifier", "i", IDENTIFIER, "i.id", known)},
        'permits', {_all("permit", "r", PERMIT, "lower(r.valid) NULLS FIRST, r.id", known, valid)},
        'legal_statuses', {_all("legal_status", "s", STATUS, "lower(s.valid) NULLS FIRST, s.id", known, valid)},
        'household', (SELECT json_build_object('id', h.household_id, 'role', h.role) FROM household_member h
            WHERE h.person_id = p.id AND {_live("h", known)} AND h.valid @> $2::date ORDER BY h.id LIMIT 1),
        'deceased_on', p.deceased_on)"""
    return f"SELECT {body}::text AS body, p.version AS version FROM {_person(known)} p WHERE p.id = $1"


def _person(known: str | None) -> str:
    """Return the source of person rows: the present ones, or those of an instant."""
    if known is None:
        return "person"
    return (
        "(SELECT (jsonb_populate_record(NULL::person, past.document)).* FROM person_past past"
        f" WHERE past.person_id = $1 AND past.known @> {known}"
        f" UNION ALL SELECT now.* FROM person now WHERE now.id = $1 AND now.recorded_at <= {known})"
    )


@cache
def contacts_statement(*, known_at: bool) -> str:
    """Return the statement that reads a person's contacts as JSON text; $1 is her id, $2 the instant."""
    known = "$2::timestamptz" if known_at else None
    return f"SELECT p.contacts::text AS items, p.version AS version FROM {_person(known)} p WHERE p.id = $1"


@cache
def parts_statement(table: str, *, as_of: bool, known_at: bool) -> str:
    """Return the statement that lists a person's identifiers, permits, statuses or addresses as JSON text.

    Parameters: $1 her id; then the day, when `as_of`; then the instant, when `known_at`.
    """
    alias, item = _PARTS[table]
    dated = as_of and table in DATED
    valid = "$2::date" if dated else None
    known = (f"${3 if dated else 2}::timestamptz") if known_at else None
    order = f"{alias}.id" if table == "identifier" else f"lower({alias}.valid) NULLS FIRST, {alias}.id"
    return (
        f"SELECT {_all(table, alias, item, order, known, valid)}::text AS items, p.version AS version"
        f" FROM {_person(known)} p WHERE p.id = $1"
    )


@cache
def part_statement(table: str, *, known_at: bool) -> str:
    """Return the statement that reads one part of a person as JSON: $1 is her id, $2 the part's, $3 the instant."""
    alias, item = _PARTS[table]
    known = "$3::timestamptz" if known_at else None
    return (
        f"SELECT {item}::text AS body, p.version AS version"
        f" FROM {table} {alias} JOIN {_person(known)} p ON p.id = {alias}.person_id"
        f" WHERE {alias}.person_id = $1 AND coalesce({alias}.first_id, {alias}.id) = $2 AND {_live(alias, known)}"
    )


def _every(table: str, alias: str, *columns: str, known: str | None = None) -> str:
    pairs = [f"'{name}', {alias}.{name}" for name in ("id", *columns)]
    period = [] if table == "identifier" else [_PERIOD.format(alias)]
    return _all(table, alias, f"json_build_object({', '.join(pairs + period)})", f"{alias}.id", known)


_IDENTIFIERS = _every(
    "identifier",
    "i",
    "system",
    "value",
    "value_norm",
    "issuer",
    "issued_on",
    "expires_on",
    "issuer_norm",
    "first_id",
)
_PERMITS = _every(
    "permit", "r", "type", "number", "number_norm", "mention", "stands_for_permit", "end_reason", "first_id"
)

_LINKS = f"""(SELECT coalesce(json_agg(json_build_object(
        'kind', {link_kind("l", "p.id")}, 'person_id', {link_other("l", "p.id")}, 'share', l.share,
        {_PERIOD.format("l")}) ORDER BY l.id), '[]')
    FROM relationship l WHERE p.id IN (l.person_id, l.other_id) AND upper_inf(l.known) AND NOT EXISTS (
        SELECT 1 FROM barrier b WHERE b.from_id = p.id AND b.protected_id = {link_other("l", "p.id")}
        AND b.lifted_at IS NULL))"""
"""What others are to her, without those who are protected from her."""

RECORD = f"""
SELECT json_build_object(
    'id', p.id, 'programme_number', p.programme_number, 'version', p.version, 'recorded_at', p.recorded_at,
    'names', p.names, 'sex', p.sex, 'birth', {BIRTH}, 'birth_place', p.birth_place, 'mother_name', p.mother_name,
    'father_name', p.father_name, 'languages', p.languages, 'school_level', p.school_level, 'contacts', p.contacts,
    'deceased_on', p.deceased_on,
    'nationalities', {_every("nationality", "n", "code", "confirmed", "first_id")},
    'identifiers', {_IDENTIFIERS},
    'permits', {_PERMITS},
    'legal_statuses', {_every("legal_status", "s", "code", "first_id")},
    'addresses', {_every("address", "a", "region", "unit", "commune", "line", "scheme", "first_id")},
    'memberships', {_every("household_member", "h", "household_id", "role")},
    'links', {_LINKS},
    'withheld', {withheld_expression("p.id", CIVIL_TODAY)}
)::text AS body FROM person p WHERE p.id = $1
"""
"""The live rows of one person, whole, for the domain. Parameter: $1 her id."""


@cache
def permits_statement(*, known_at: bool) -> str:
    """Return the statement that reads a person's titles whole, for the domain; $1 her id, $2 the instant."""
    known = "$2::timestamptz" if known_at else None
    columns = ("type", "number", "number_norm", "mention", "stands_for_permit", "end_reason", "first_id")
    every = _every("permit", "r", *columns, known=known)
    return f"SELECT {every}::text AS items, p.version AS version FROM {_person(known)} p WHERE p.id = $1"
