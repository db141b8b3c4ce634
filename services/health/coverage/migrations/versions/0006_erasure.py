"""What erasure needs: who was erased, and what stays of decisions without her.

A decision is kept as it was taken: only this migration's functions take some away, of an erased person, and leave a row
for the accounts that leads to nobody.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_GUARD = """
        IF NOT EXISTS (SELECT FROM erased_person WHERE person_id = erased) THEN
            RAISE EXCEPTION 'a decision is kept, unless a person is erased';
        END IF;"""
_STATEMENTS = (
    """
    CREATE TABLE erased_person (
        person_id uuid CONSTRAINT pk_erased_person PRIMARY KEY,
        erased_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE kept_decision (
        id uuid DEFAULT gen_random_uuid() CONSTRAINT pk_kept_decision PRIMARY KEY,
        scheme text,
        category text,
        status text NOT NULL,
        year integer NOT NULL,
        months integer,
        contribution_mad_month numeric,
        confirmed boolean NOT NULL,
        rule_set text NOT NULL
    )
    """,
    f"""
    CREATE FUNCTION erase_entitlements(erased uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    DECLARE gone bigint;
    BEGIN{_GUARD}
        DELETE FROM entitlement WHERE person_id = erased;
        GET DIAGNOSTICS gone = ROW_COUNT;
        RETURN gone;
    END $$
    """,
    f"""
    CREATE FUNCTION erase_determinations(erased uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    DECLARE gone bigint;
    BEGIN{_GUARD}
        INSERT INTO kept_decision
            (scheme, category, status, year, months, contribution_mad_month, confirmed, rule_set)
        SELECT scheme, category, status, extract(year FROM as_of),
            extract(year FROM age(effective_to + 1, effective_from)) * 12
                + extract(month FROM age(effective_to + 1, effective_from)),
            contribution_mad_month, confirmed_at IS NOT NULL, rule_set
        FROM determination WHERE person_id = erased;
        DELETE FROM determination WHERE person_id = erased;
        GET DIAGNOSTICS gone = ROW_COUNT;
        RETURN gone;
    END $$
    """,
    "REVOKE ALL ON FUNCTION erase_entitlements FROM PUBLIC",
    "REVOKE ALL ON FUNCTION erase_determinations FROM PUBLIC",
    """
    CREATE FUNCTION stay_erased() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM erased_person WHERE person_id = NEW.person_id) THEN
            RETURN NULL;
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER erased_stay_erased BEFORE INSERT ON person_facts
        FOR EACH ROW EXECUTE FUNCTION stay_erased()
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER erased_stay_erased ON person_facts")
    for function in ("stay_erased", "erase_determinations", "erase_entitlements"):
        op.execute(f"DROP FUNCTION {function}")
    for table in ("kept_decision", "erased_person"):
        op.execute(f"DROP TABLE {table}")
