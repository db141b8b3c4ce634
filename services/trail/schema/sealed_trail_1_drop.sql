-- Without the sealed trail: the rows of audit_record stay as they are.
DROP FUNCTION audit_accesses;
DROP FUNCTION audit_page;
DROP FUNCTION audit_append;
DROP FUNCTION audit_unsealed;
DROP TABLE audit_checkpoint;
DROP TABLE audit_node;
DROP TABLE audit_leaf;
DROP INDEX ix_audit_record_persons;
DROP INDEX ix_audit_record_xid;
ALTER TABLE audit_record DROP COLUMN xid;
DO $$ BEGIN
    EXECUTE format('GRANT INSERT ON audit_record TO %I', replace(current_user, '_owner', '_app'));
END $$;
