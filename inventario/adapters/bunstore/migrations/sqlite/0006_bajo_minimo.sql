-- The products that are below their minimum, and those that are not.
ALTER TABLE existencias ADD COLUMN bajo_minimo boolean GENERATED ALWAYS AS (fisico - reservado < minimo) VIRTUAL;
CREATE INDEX existencias_bajo_minimo ON existencias (bajo_minimo, producto_id);
