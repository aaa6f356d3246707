-- Checkpoints of the verification: up to this row of the ledger the product was verified. Append-only.
CREATE TABLE puntos_verificados (
    id            INTEGER  PRIMARY KEY AUTOINCREMENT,
    producto_id   INTEGER  NOT NULL,
    movimiento_id INTEGER  NOT NULL,
    movimientos   INTEGER  NOT NULL, -- the product's rows up to it
    fisico        INTEGER  NOT NULL, -- their sums
    reservado     INTEGER  NOT NULL,
    sello         TEXT     NOT NULL, -- hash of the above
    creado_en     DATETIME NOT NULL
);
CREATE UNIQUE INDEX puntos_verificados_producto ON puntos_verificados (producto_id, movimiento_id);

CREATE TRIGGER puntos_verificados_sin_update BEFORE UPDATE ON puntos_verificados
BEGIN
    SELECT RAISE(ABORT, 'puntos_verificados is append-only: UPDATE refused');
END;
CREATE TRIGGER puntos_verificados_sin_delete BEFORE DELETE ON puntos_verificados
BEGIN
    SELECT RAISE(ABORT, 'puntos_verificados is append-only: DELETE refused');
END;
-- INSERT OR REPLACE would delete the old row without asking the trigger above.
CREATE TRIGGER puntos_verificados_sin_replace BEFORE INSERT ON puntos_verificados
WHEN EXISTS (SELECT 1 FROM puntos_verificados WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'puntos_verificados is append-only: REPLACE refused');
END;

-- Verifications of the whole ledger that were asked for, and how far they are. One at a time.
CREATE TABLE verificaciones (
    id             INTEGER  PRIMARY KEY AUTOINCREMENT,
    estado         TEXT     NOT NULL CHECK (estado IN ('EN_CURSO', 'HECHA')),
    pedida_en      DATETIME NOT NULL,
    actualizada_en DATETIME NOT NULL,
    arrendada      DATETIME NOT NULL, -- until then one process works on it
    movimiento_id  INTEGER  NOT NULL, -- the last row of the ledger that was verified
    reserva_id     TEXT     NOT NULL, -- the last reservation that was; '' = none
    resultado      TEXT     NOT NULL  -- JSON
);
CREATE UNIQUE INDEX verificaciones_en_curso ON verificaciones (estado) WHERE estado = 'EN_CURSO';

-- The stock at an instant, however long ago: the times of a product never go back.
CREATE INDEX movimientos_instante ON movimientos (producto_id, creado_en, id);
