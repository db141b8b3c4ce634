-- The audit trail: it takes inserts, and refuses everything else even to its owner.
CREATE TABLE audit_record (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    action text NOT NULL,
    outcome text NOT NULL,
    subject text NOT NULL,
    client_id text NOT NULL,
    organisation text NOT NULL,
    purpose text,
    persons text[] NOT NULL,
    request_id text NOT NULL
);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit trail takes inserts only'; END $$;
CREATE TRIGGER audit_record_is_append_only BEFORE UPDATE OR DELETE ON audit_record
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_record_is_not_emptied BEFORE TRUNCATE ON audit_record
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
DO $$ BEGIN
    EXECUTE format('REVOKE SELECT, UPDATE, DELETE ON audit_record FROM %I', replace(current_user, '_owner', '_app'));
END $$;
