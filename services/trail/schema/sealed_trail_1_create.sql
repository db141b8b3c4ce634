-- The sealed trail: leaves, kept nodes and signed checkpoints over the rows of audit_record, all append-only.
ALTER TABLE audit_record ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX ix_audit_record_xid ON audit_record (xid);
CREATE INDEX ix_audit_record_persons ON audit_record USING gin (persons);
CREATE TABLE audit_leaf (
    seq bigint CONSTRAINT pk_audit_leaf PRIMARY KEY CONSTRAINT ck_audit_leaf_seq CHECK (seq >= 0),
    record_id uuid NOT NULL CONSTRAINT uq_audit_leaf_record_id UNIQUE,
    hash bytea NOT NULL CONSTRAINT ck_audit_leaf_hash CHECK (length(hash) = 32)
);
CREATE TABLE audit_node (
    level integer NOT NULL,
    index bigint NOT NULL,
    hash bytea NOT NULL CONSTRAINT ck_audit_node_hash CHECK (length(hash) = 32),
    CONSTRAINT pk_audit_node PRIMARY KEY (level, index)
);
CREATE TABLE audit_checkpoint (
    size bigint CONSTRAINT pk_audit_checkpoint PRIMARY KEY,
    root bytea NOT NULL CONSTRAINT ck_audit_checkpoint_root CHECK (length(root) = 32),
    note text NOT NULL,
    verifier_key text NOT NULL,
    sealed_below xid8 NOT NULL,
    at timestamptz NOT NULL
);
CREATE TRIGGER audit_leaf_is_append_only BEFORE UPDATE OR DELETE ON audit_leaf
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_leaf_is_not_emptied BEFORE TRUNCATE ON audit_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_node_is_append_only BEFORE UPDATE OR DELETE ON audit_node
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_node_is_not_emptied BEFORE TRUNCATE ON audit_node
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_checkpoint_is_append_only BEFORE UPDATE OR DELETE ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_checkpoint_is_not_emptied BEFORE TRUNCATE ON audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Rows that have no leaf yet, of transactions from one number up to, and without, another.
CREATE FUNCTION audit_unsealed(since xid8, below xid8, most integer)
RETURNS TABLE (
    id uuid, at timestamptz, action text, outcome text, subject text, client_id text, organisation text,
    purpose text, persons text[], request_id text, xid xid8
) LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.id, r.at, r.action, r.outcome, r.subject, r.client_id, r.organisation,
           r.purpose, r.persons, r.request_id, r.xid
    FROM audit_record r
    WHERE r.xid >= since AND r.xid < below
      AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.record_id = r.id)
    ORDER BY r.xid, r.id LIMIT most
$$;

-- A batch of leaves with its nodes and its checkpoint; only ever right behind the last one.
CREATE FUNCTION audit_append(
    first bigint, record_ids uuid[], hashes bytea[],
    levels integer[], indexes bigint[], node_hashes bytea[],
    root bytea, note text, verifier_key text, sealed_below xid8, at timestamptz
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF first <> (SELECT coalesce(max(l.seq) + 1, 0) FROM audit_leaf l)
       OR first <> (SELECT coalesce(max(c.size), 0) FROM audit_checkpoint c) THEN
        RAISE EXCEPTION 'the trail goes on behind its last leaf and its last checkpoint';
    END IF;
    INSERT INTO audit_leaf (seq, record_id, hash)
        SELECT first + new.place - 1, new.record_id, new.hash
        FROM unnest(record_ids, hashes) WITH ORDINALITY AS new (record_id, hash, place);
    INSERT INTO audit_node (level, index, hash)
        SELECT new.level, new.index, new.hash FROM unnest(levels, indexes, node_hashes) AS new (level, index, hash);
    INSERT INTO audit_checkpoint (size, root, note, verifier_key, sealed_below, at)
        VALUES (first + cardinality(hashes), root, note, verifier_key, sealed_below, at);
    -- what inserts have put off: done here, so that no request ever has to
    PERFORM gin_clean_pending_list('ix_audit_record_persons'::regclass);
    RETURN first + cardinality(hashes);
END $$;

-- Sealed rows behind a place, in order; of one person by the index on persons.
CREATE FUNCTION audit_page(
    after bigint, most integer, of_action text, of_organisation text, of_client_id text, of_outcome text,
    since timestamptz, until timestamptz, of_person text
) RETURNS TABLE (
    seq bigint, hash bytea, id uuid, at timestamptz, action text, outcome text, subject text, client_id text,
    organisation text, purpose text, persons text[], request_id text
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF of_person IS NULL THEN
        RETURN QUERY
        SELECT l.seq, l.hash, r.id, r.at, r.action, r.outcome, r.subject, r.client_id,
               r.organisation, r.purpose, r.persons, r.request_id
        FROM audit_leaf l JOIN audit_record r ON r.id = l.record_id
        WHERE l.seq > after
          AND (of_action IS NULL OR r.action = of_action)
          AND (of_organisation IS NULL OR r.organisation = of_organisation)
          AND (of_client_id IS NULL OR r.client_id = of_client_id)
          AND (of_outcome IS NULL OR split_part(r.outcome, ':', 1) = of_outcome)
          AND (since IS NULL OR r.at >= since) AND (until IS NULL OR r.at < until)
        ORDER BY l.seq LIMIT most;
    ELSE
        RETURN QUERY
        SELECT l.seq, l.hash, r.id, r.at, r.action, r.outcome, r.subject, r.client_id,
               r.organisation, r.purpose, r.persons, r.request_id
        FROM audit_record r JOIN audit_leaf l ON l.record_id = r.id
        WHERE r.persons @> ARRAY[of_person] AND l.seq > after
          AND (of_action IS NULL OR r.action = of_action)
          AND (of_organisation IS NULL OR r.organisation = of_organisation)
          AND (of_client_id IS NULL OR r.client_id = of_client_id)
          AND (of_outcome IS NULL OR split_part(r.outcome, ':', 1) = of_outcome)
          AND (since IS NULL OR r.at >= since) AND (until IS NULL OR r.at < until)
        ORDER BY l.seq LIMIT most;
    END IF;
END $$;

-- What a person may see of who used her data: never who in particular, and nothing of her care.
CREATE FUNCTION audit_accesses(of_person text, before_at timestamptz, before_id uuid, most integer)
RETURNS TABLE (
    id uuid, at timestamptz, action text, outcome text, organisation text, purpose text, request_id text
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.id, r.at, r.action, r.outcome, r.organisation, r.purpose, r.request_id
    FROM audit_record r
    WHERE r.persons @> ARRAY[of_person] AND r.purpose IS DISTINCT FROM 'TAMKINE_CARE'
      AND (before_at IS NULL OR (r.at, r.id) < (before_at, before_id))
    ORDER BY r.at DESC, r.id DESC LIMIT most
$$;

DO $$ DECLARE
    app text := replace(current_user, '_owner', '_app');
    routine text;
BEGIN
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON audit_leaf, audit_node, audit_checkpoint FROM %I', app);
    -- id, instant and transaction are the database's to say
    EXECUTE format('REVOKE INSERT ON audit_record FROM %I', app);
    EXECUTE format('GRANT INSERT (action, outcome, subject, client_id, organisation, purpose, persons, request_id)'
                   ' ON audit_record TO %I', app);
    FOREACH routine IN ARRAY ARRAY['audit_unsealed', 'audit_append', 'audit_page', 'audit_accesses'] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %I FROM PUBLIC', routine);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %I TO %I', routine, app);
    END LOOP;
END $$;
