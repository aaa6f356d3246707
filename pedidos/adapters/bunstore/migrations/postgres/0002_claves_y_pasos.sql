ALTER TABLE pedidos
    ADD COLUMN con_clave boolean NOT NULL DEFAULT false, -- its client will ask again under an Idempotency-Key
    ADD COLUMN revision  bigint  NOT NULL DEFAULT 1 CHECK (revision >= 1), -- counts every write
    ADD COLUMN pasos     text    NOT NULL DEFAULT '[]'; -- JSON: the story of the order

-- What a user's cap and the figures by phase count.
CREATE INDEX pedidos_abiertos ON pedidos (usuario_id, fase) WHERE fase IN ('RECIBIDO', 'RESERVADO', 'COMPLETANDO', 'CANCELANDO');

CREATE TABLE idempotency_keys (
    scope        text        NOT NULL, -- caller, method and path
    key          text        NOT NULL,
    fingerprint  text        NOT NULL, -- of the request's body
    effect       text        NOT NULL, -- what a later try answers from
    leased_until timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    status       integer,              -- of the answer; NULL while there is none
    header       text,                 -- JSON object
    body         bytea,
    expires_at   timestamptz,          -- NULL while there is no answer: an unfinished one is never removed
    PRIMARY KEY (scope, key),
    CONSTRAINT idempotency_keys_answered CHECK ((status IS NULL) = (expires_at IS NULL))
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at) WHERE expires_at IS NOT NULL;
