-- When a key stopped signing; it verifies until its tokens have died. NULL = it signs.
ALTER TABLE claves ADD COLUMN retirada_en timestamptz;

UPDATE claves SET retirada_en = creada_en WHERE NOT activa;

DROP INDEX claves_una_activa;

ALTER TABLE claves DROP COLUMN activa;

-- One key signs.
CREATE UNIQUE INDEX claves_una_activa ON claves ((retirada_en IS NULL)) WHERE retirada_en IS NULL;
