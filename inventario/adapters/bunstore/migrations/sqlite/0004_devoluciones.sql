-- What customers have sent back, each under an id of its sender: repeating it moves nothing again, however much later.
CREATE TABLE devoluciones (
    id         TEXT     PRIMARY KEY CHECK (length(id) = 36),
    referencia TEXT     NOT NULL,
    creado_en  DATETIME NOT NULL
);

-- No reference to existencias: its check would lock stock rows before their turn.
CREATE TABLE devolucion_lineas (
    devolucion_id TEXT    NOT NULL REFERENCES devoluciones (id),
    producto_id   INTEGER NOT NULL,
    cantidad      INTEGER NOT NULL CHECK (cantidad > 0),
    PRIMARY KEY (devolucion_id, producto_id)
);

ALTER TABLE movimientos ADD COLUMN devolucion_id TEXT REFERENCES devoluciones (id);
CREATE UNIQUE INDEX movimientos_devolucion ON movimientos (devolucion_id, producto_id) WHERE devolucion_id IS NOT NULL;

-- The version of the stock after the row; NULL in rows from before, where it is the number of the product's rows.
ALTER TABLE movimientos ADD COLUMN version INTEGER;

-- What holds stock now, the newest first.
CREATE INDEX reservas_activas ON reservas (creado_en, id) WHERE estado = 'ACTIVA';
