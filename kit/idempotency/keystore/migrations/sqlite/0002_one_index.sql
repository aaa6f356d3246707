-- Storing the answer changes no column of this index, so it writes none of its entries.
DROP INDEX idempotency_keys_expiry;
DROP INDEX idempotency_keys_unanswered;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
