"""What erasure needs: who was erased, and what stays of her seats without her.

Her seats are free again, and leave a row for the figures that leads to nobody.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    CREATE TABLE erased_person (
        person_id uuid CONSTRAINT pk_erased_person PRIMARY KEY,
        erased_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE kept_enrolment (
        id uuid DEFAULT gen_random_uuid() CONSTRAINT pk_kept_enrolment PRIMARY KEY,
        session_id uuid NOT NULL
            CONSTRAINT fk_kept_enrolment_session_id_course_session REFERENCES course_session (id),
        state text NOT NULL
    )
    """,
    "CREATE INDEX ix_kept_enrolment_session_id ON kept_enrolment (session_id)",
    """
    CREATE FUNCTION erase_enrolments(erased uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    DECLARE gone bigint;
    BEGIN
        IF NOT EXISTS (SELECT FROM erased_person WHERE person_id = erased) THEN
            RAISE EXCEPTION 'a seat is given back by withdrawal, unless a person is erased';
        END IF;
        INSERT INTO kept_enrolment (session_id, state)
            SELECT session_id, state FROM enrolment WHERE person_id = erased;
        UPDATE course_session SET seats_taken = seats_taken - taken.seats, version = version + 1
            FROM (SELECT session_id, count(*) AS seats FROM enrolment
                  WHERE person_id = erased AND state = 'enrolled' GROUP BY session_id) taken
            WHERE course_session.id = taken.session_id;
        DELETE FROM enrolment WHERE person_id = erased;
        GET DIAGNOSTICS gone = ROW_COUNT;
        RETURN gone;
    END $$
    """,
    "REVOKE ALL ON FUNCTION erase_enrolments FROM PUBLIC",
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
    for function in ("stay_erased", "erase_enrolments"):
        op.execute(f"DROP FUNCTION {function}")
    for table in ("kept_enrolment", "erased_person"):
        op.execute(f"DROP TABLE {table}")
