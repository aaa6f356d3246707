-- Storing the answer changes no column of this index: PostgreSQL writes no entry for it (HOT), if the page has room for the answer.
DROP INDEX idempotency_keys_expiry;
DROP INDEX idempotency_keys_unanswered;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
ALTER TABLE idempotency_keys SET (fillfactor = 60);
