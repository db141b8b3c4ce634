-- Idempotency keys with the answers they had.
DROP TABLE idempotency_key;
