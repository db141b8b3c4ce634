-- The audit trail: it takes inserts, and refuses everything else even to its owner.
DROP TABLE audit_record; DROP FUNCTION refuse_change();
