-- replaces ce7064faa5ef093d0ca7e57be1137f88bde1e0dbca4476ffac3e4870f6846ff0
-- The table idempotency_keys was made here; since then kit/idempotency/keystore has steps of its own for it.

ALTER TABLE pedidos
    ADD COLUMN con_clave boolean NOT NULL DEFAULT false, -- its client will ask again under an Idempotency-Key
    ADD COLUMN revision  bigint  NOT NULL DEFAULT 1 CHECK (revision >= 1), -- counts every write
    ADD COLUMN pasos     text    NOT NULL DEFAULT '[]'; -- JSON: the story of the order

-- What a user's cap and the figures by phase count.
CREATE INDEX pedidos_abiertos ON pedidos (usuario_id, fase) WHERE fase IN ('RECIBIDO', 'RESERVADO', 'COMPLETANDO', 'CANCELANDO');
