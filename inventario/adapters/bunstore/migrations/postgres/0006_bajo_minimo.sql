-- The products that are below their minimum, and those that are not. The index is of a column of its own, whose value seldom
-- changes: with an index of an expression over fisico and reservado, PostgreSQL could no longer write the next version of a hot row
-- beside the one before.
ALTER TABLE existencias ADD COLUMN bajo_minimo boolean GENERATED ALWAYS AS (fisico - reservado < minimo) STORED;
CREATE INDEX existencias_bajo_minimo ON existencias (bajo_minimo, producto_id);
