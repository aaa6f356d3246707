-- replaces 59f943a93a62ffb6cba80317697e452f519085582a1dafae8b08b93aeb899b55
-- The table idempotency_keys was made here; since then kit/idempotency/keystore has steps of its own for it.

ALTER TABLE pedidos ADD COLUMN con_clave boolean NOT NULL DEFAULT false; -- its client will ask again under an Idempotency-Key
ALTER TABLE pedidos ADD COLUMN revision  integer NOT NULL DEFAULT 1 CHECK (revision >= 1); -- counts every write
ALTER TABLE pedidos ADD COLUMN pasos     text    NOT NULL DEFAULT '[]'; -- JSON: the story of the order

-- What a user's cap and the figures by phase count.
CREATE INDEX pedidos_abiertos ON pedidos (usuario_id, fase) WHERE fase IN ('RECIBIDO', 'RESERVADO', 'COMPLETANDO', 'CANCELANDO');
