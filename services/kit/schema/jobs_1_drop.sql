-- The jobs that a partner watches; the queue itself is procrastinate's.
DROP TABLE job;
DO $$ DECLARE thing record; BEGIN
    FOR thing IN SELECT format('DROP TABLE IF EXISTS %s CASCADE', oid::regclass) AS line FROM pg_class
        WHERE relname LIKE 'procrastinate\_%' AND relkind = 'r' LOOP EXECUTE thing.line; END LOOP;
    FOR thing IN SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure) AS line FROM pg_proc
        WHERE proname LIKE 'procrastinate\_%' LOOP EXECUTE thing.line; END LOOP;
    FOR thing IN SELECT format('DROP TYPE IF EXISTS %s CASCADE', oid::regtype) AS line FROM pg_type
        WHERE typname LIKE 'procrastinate\_%' AND typtype IN ('e', 'c') LOOP EXECUTE thing.line; END LOOP;
END $$;
