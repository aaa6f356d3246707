-- IF NOT EXISTS: services made this table by steps of their own, before the steps of this folder were counted apart.
CREATE TABLE IF NOT EXISTS idempotency_keys (
    scope        text NOT NULL, -- caller, method and path
    key          text NOT NULL,
    fingerprint  text NOT NULL, -- of the request's body
    effect       text NOT NULL, -- JSON: what a later try answers from
    leased_until timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    status       integer, -- of the answer; NULL while there is none
    header       text,    -- JSON object
    body         bytea,
    expires_at   timestamptz, -- NULL while there is no answer: the work may be unfinished
    PRIMARY KEY (scope, key),
    CONSTRAINT idempotency_keys_answered CHECK ((status IS NULL) = (expires_at IS NULL))
);
CREATE INDEX IF NOT EXISTS idempotency_keys_expiry ON idempotency_keys (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS idempotency_keys_unanswered ON idempotency_keys (created_at) WHERE status IS NULL;
