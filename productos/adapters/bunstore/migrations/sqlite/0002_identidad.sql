-- What restaurar goes back to; NULL for what is not archived, and for what was archived before this step.
ALTER TABLE productos ADD COLUMN estado_anterior TEXT
    CONSTRAINT productos_estado_anterior_conocido CHECK (estado_anterior IN ('BORRADOR', 'ACTIVO'));

-- The form in which names and SKUs are compared and found (kit/text). The program fills it in for the rows that are there.
ALTER TABLE productos ADD COLUMN nombre_identidad TEXT;
ALTER TABLE productos ADD COLUMN sku_identidad TEXT;
CREATE INDEX productos_nombre_identidad ON productos (nombre_identidad);
CREATE INDEX productos_sku_identidad ON productos (sku_identidad);

-- What must be unique: the identity. Rows that were different and would now be equal are kept: theirs has the id behind it.
ALTER TABLE productos ADD COLUMN sku_clave TEXT;
DROP INDEX productos_sku_unico;
CREATE UNIQUE INDEX productos_sku_clave_unica ON productos (sku_clave) WHERE estado <> 'ARCHIVADO';

-- For the lists of one state.
CREATE INDEX productos_no_activos ON productos (estado, id) WHERE estado <> 'ACTIVO';
