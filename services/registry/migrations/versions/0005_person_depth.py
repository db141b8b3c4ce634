"""Depth of a person: what each source record contributes, sources of births, confirmed nationalities, maps, contacts.

A record that is there already contributes nothing by itself, but the newest one that somebody wrote stands for all that
is known: an intake, or a correction that pins every field. Rows of imports are read again from what they hold.
"""

from alembic import op

from services.registry.store import depth_seeds
from services.registry.store.tables import reference

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CONFUSABLE = """
    CREATE TABLE confusable_nationality (
        code text CONSTRAINT pk_confusable_nationality PRIMARY KEY,
        candidates text[] NOT NULL,
        fr text NOT NULL,
        ar text NOT NULL,
        valid_from date,
        valid_to date,
        certainty text NOT NULL CHECK (certainty IN ('verified', 'derived', 'memory', 'design')),
        source text NOT NULL
    )
"""
_COLUMNS = (
    "ALTER TABLE person ADD COLUMN birth_source text",
    "ALTER TABLE nationality ADD COLUMN confirmed boolean NOT NULL DEFAULT true",
    "ALTER TABLE nationality ADD COLUMN first_id uuid",
    "ALTER TABLE address ADD COLUMN scheme text NOT NULL DEFAULT 'MA-2015'",
    "ALTER TABLE source_record ADD COLUMN contribution jsonb",
)
_UNCONFIRMED = "UPDATE nationality SET confirmed = false WHERE code IN (SELECT code FROM confusable_nationality)"
# The id of a contact is told by the version that brought it and its place there: domain/contacts.py.
_CONTACTS = """
UPDATE {table} SET {column} = {put} FROM (
    SELECT {key}, jsonb_agg(contact || jsonb_build_object('language', NULL, 'code_word', NULL, 'id', encode(substring(
        sha256(uuid_send({person_id}) || convert_to('contact 1 ' || place - 1, 'UTF8')) FROM 1 FOR 16), 'hex')::uuid)
        ORDER BY place) AS contacts
    FROM {table}, jsonb_array_elements({contacts}) WITH ORDINALITY AS one (contact, place) GROUP BY {key}
) AS numbered WHERE {match}
"""
_PRESENT = _CONTACTS.format(
    table="person", column="contacts", put="numbered.contacts", key="id", person_id="id", contacts="contacts",
    match="person.id = numbered.id",
)  # fmt: skip
_PAST = _CONTACTS.format(
    table="person_past", column="document", put="jsonb_set(document, '{contacts}', numbered.contacts)",
    key="person_id, version", person_id="person_id", contacts="document -> 'contacts'",
    match="person_past.person_id = numbered.person_id AND person_past.version = numbered.version",
)  # fmt: skip
_CONTRIBUTIONS = """
UPDATE source_record AS record SET contribution = jsonb_build_object(
    'kind', CASE record.version WHEN 1 THEN 'intake' ELSE 'correction' END,
    'values', jsonb_build_object(
        'names', p.names, 'sex', p.sex,
        'birth', jsonb_build_object('year', p.birth_year, 'month', p.birth_month, 'day', p.birth_day,
            'precision', p.birth_precision, 'circa_plus_minus', p.birth_circa, 'declared_as', p.birth_declared_as,
            'source', p.birth_source),
        'birth_place', p.birth_place, 'mother_name', p.mother_name, 'father_name', p.father_name,
        'languages', to_jsonb(p.languages), 'school_level', p.school_level, 'contacts', p.contacts,
        'deceased_on', p.deceased_on,
        'nationalities', (SELECT coalesce(jsonb_agg(jsonb_build_object('code', n.code, 'confirmed', n.confirmed,
            'valid_from', lower(n.valid), 'valid_to', upper(n.valid) - 1) ORDER BY n.id), '[]')
            FROM nationality n WHERE n.person_id = p.id AND upper_inf(n.known))))
FROM person p
WHERE record.person_id = p.id AND record.row_id IS NULL AND record.version = (
    SELECT max(version) FROM source_record WHERE person_id = p.id AND row_id IS NULL)
"""


def upgrade() -> None:
    op.execute(_CONFUSABLE)
    op.bulk_insert(reference.confusable_nationality, depth_seeds.confusable_nationalities())
    op.bulk_insert(reference.region, depth_seeds.former_regions())
    for statement in (*_COLUMNS, _UNCONFIRMED, _PRESENT, _PAST, _CONTRIBUTIONS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE source_record DROP COLUMN contribution")
    op.execute("ALTER TABLE address DROP COLUMN scheme")
    op.execute("ALTER TABLE nationality DROP COLUMN first_id")
    op.execute("ALTER TABLE nationality DROP COLUMN confirmed")
    op.execute("ALTER TABLE person DROP COLUMN birth_source")
    op.execute("DELETE FROM region WHERE scheme = 'MA-1997'")
    op.execute("DROP TABLE confusable_nationality")
