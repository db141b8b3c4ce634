-- The jobs that a partner watches; the queue itself is procrastinate's.
CREATE TABLE job (
    id text PRIMARY KEY,
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'queued'
        CONSTRAINT ck_job_state CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    arguments jsonb NOT NULL,
    done bigint NOT NULL DEFAULT 0,
    total bigint,
    attempt integer NOT NULL DEFAULT 0,
    result jsonb,
    error_code text,
    cancel_requested boolean NOT NULL DEFAULT false,
    created_by text NOT NULL,
    organisation text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX ix_job_unfinished ON job (id) WHERE state IN ('queued', 'running');
