-- The changes of a store that others follow.
CREATE TABLE change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    subject uuid NOT NULL,
    version integer NOT NULL,
    payload jsonb NOT NULL
);
CREATE INDEX ix_change_order ON change (xid, id);
