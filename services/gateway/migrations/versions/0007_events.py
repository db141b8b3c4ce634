"""Events, subscriptions and deliveries."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_CREATE = (
    """
    CREATE TABLE event (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_event PRIMARY KEY,
        number bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
        source text NOT NULL,
        source_number bigint NOT NULL,
        type text NOT NULL,
        resource text NOT NULL,
        subject uuid NOT NULL,
        organisation text,
        at timestamptz NOT NULL,
        data jsonb NOT NULL,
        recorded_at timestamptz NOT NULL,
        CONSTRAINT uq_event_source_source_number UNIQUE (source, source_number)
    )
    """,
    "CREATE INDEX ix_event_recorded_at ON event (recorded_at)",
    "CREATE INDEX ix_event_order ON event (xid, number)",
    """
    CREATE TABLE subscription (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_subscription PRIMARY KEY,
        organisation text NOT NULL,
        client_id text NOT NULL,
        url text NOT NULL,
        types text[] NOT NULL,
        purpose text NOT NULL,
        description text,
        active boolean DEFAULT true NOT NULL,
        stopped text CONSTRAINT ck_subscription_stopped CHECK (stopped IN ('receiver_gone', 'receiver_failing')),
        failing_since timestamptz,
        secret bytea NOT NULL,
        former_secret bytea,
        former_until timestamptz,
        version integer DEFAULT 1 NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX ix_subscription_organisation_id ON subscription (organisation, id)",
    """
    CREATE TABLE delivery (
        id uuid DEFAULT uuidv7() CONSTRAINT pk_delivery PRIMARY KEY,
        position bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        subscription_id uuid NOT NULL
            CONSTRAINT fk_delivery_subscription_id_subscription REFERENCES subscription ON DELETE CASCADE,
        event_id uuid CONSTRAINT fk_delivery_event_id_event REFERENCES event ON DELETE CASCADE,
        type text NOT NULL,
        subject uuid NOT NULL,
        state text DEFAULT 'pending' NOT NULL
            CONSTRAINT ck_delivery_state CHECK (state IN ('pending', 'delivered', 'dead', 'withheld')),
        attempts integer DEFAULT 0 NOT NULL,
        attempts_before integer DEFAULT 0 NOT NULL,
        next_at timestamptz NOT NULL,
        lease uuid,
        leased_until timestamptz,
        created_at timestamptz NOT NULL,
        ended_at timestamptz,
        CONSTRAINT uq_delivery_subscription_id_event_id UNIQUE (subscription_id, event_id)
    )
    """,
    "CREATE INDEX ix_delivery_event_id ON delivery (event_id)",
    "CREATE INDEX ix_delivery_ended_at ON delivery (ended_at)",
    "CREATE INDEX ix_delivery_subscription_id_id ON delivery (subscription_id, id)",
    "CREATE INDEX ix_delivery_waiting ON delivery (subscription_id, position) WHERE state = 'pending'",
    "CREATE INDEX ix_delivery_in_turn ON delivery (subscription_id, subject, position) WHERE state = 'pending'",
    """
    CREATE TABLE attempt (
        delivery_id uuid NOT NULL CONSTRAINT fk_attempt_delivery_id_delivery REFERENCES delivery ON DELETE CASCADE,
        number integer NOT NULL,
        at timestamptz NOT NULL,
        duration_ms integer NOT NULL,
        status integer,
        error_code text,
        CONSTRAINT pk_attempt PRIMARY KEY (delivery_id, number)
    )
    """,
)


def upgrade() -> None:
    for statement in _CREATE:
        op.execute(statement)


def downgrade() -> None:
    for table in ("attempt", "delivery", "subscription", "event"):
        op.execute(f"DROP TABLE {table}")
