-- Idempotency keys with the answers they had.
CREATE TABLE idempotency_key (
    client_id text NOT NULL,
    operation text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_idempotency_key PRIMARY KEY (client_id, operation, key)
);
CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at);
