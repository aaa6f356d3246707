-- The few products that are below their minimum.
ALTER TABLE existencias ADD COLUMN bajo_minimo boolean GENERATED ALWAYS AS (fisico - reservado < minimo) VIRTUAL;
CREATE INDEX existencias_bajo_minimo ON existencias (producto_id) WHERE bajo_minimo;
