-- Stock of each product. The CHECKs stand behind the conditional UPDATEs: whatever goes wrong, nothing is oversold.
CREATE TABLE existencias (
    producto_id    INTEGER  PRIMARY KEY CHECK (producto_id > 0),
    fisico         INTEGER  NOT NULL,
    reservado      INTEGER  NOT NULL DEFAULT 0,
    minimo         INTEGER  NOT NULL DEFAULT 0 CHECK (minimo >= 0),
    version        INTEGER  NOT NULL DEFAULT 1 CHECK (version > 0),
    actualizado_en DATETIME NOT NULL,
    CONSTRAINT existencias_fisico    CHECK (fisico BETWEEN 0 AND 1000000000000),
    CONSTRAINT existencias_reservado CHECK (reservado BETWEEN 0 AND fisico)
);

CREATE TABLE reservas (
    id             TEXT     PRIMARY KEY CHECK (length(id) = 36),
    estado         TEXT     NOT NULL CHECK (estado IN ('ACTIVA', 'CONSUMIDA', 'LIBERADA')),
    referencia     TEXT     NOT NULL DEFAULT '',
    creado_en      DATETIME NOT NULL,
    actualizado_en DATETIME NOT NULL
) WITHOUT ROWID;

CREATE TABLE reserva_lineas (
    reserva_id  TEXT    NOT NULL REFERENCES reservas (id),
    producto_id INTEGER NOT NULL,
    cantidad    INTEGER NOT NULL CHECK (cantidad > 0),
    PRIMARY KEY (reserva_id, producto_id)
) WITHOUT ROWID;

-- The ledger: one row for every cause of a change of stock, with the balances after it. Append-only.
CREATE TABLE movimientos (
    id              INTEGER  PRIMARY KEY AUTOINCREMENT,
    producto_id     INTEGER  NOT NULL REFERENCES existencias (producto_id),
    tipo            TEXT     NOT NULL CHECK (tipo IN
        ('ENTRADA', 'SALIDA', 'MERMA', 'DEVOLUCION', 'RECUENTO', 'RESERVA', 'LIBERACION', 'CONSUMO')),
    delta_fisico    INTEGER  NOT NULL,
    delta_reservado INTEGER  NOT NULL,
    fisico          INTEGER  NOT NULL,
    reservado       INTEGER  NOT NULL,
    actor           TEXT     NOT NULL,
    motivo          TEXT     NOT NULL DEFAULT '',
    referencia      TEXT     NOT NULL DEFAULT '',
    reserva_id      TEXT     REFERENCES reservas (id),
    request_id      TEXT     NOT NULL,
    creado_en       DATETIME NOT NULL,
    CHECK (reservado BETWEEN 0 AND fisico),
    CHECK ((reserva_id IS NOT NULL) = (tipo IN ('RESERVA', 'LIBERACION', 'CONSUMO')))
);
CREATE INDEX movimientos_producto ON movimientos (producto_id, id);

-- A reservation takes each product once and ends once, whatever a process thinks.
CREATE UNIQUE INDEX movimientos_reserva_inicio ON movimientos (reserva_id, producto_id) WHERE tipo = 'RESERVA';
CREATE UNIQUE INDEX movimientos_reserva_fin ON movimientos (reserva_id, producto_id) WHERE tipo IN ('LIBERACION', 'CONSUMO');

CREATE TRIGGER movimientos_sin_update BEFORE UPDATE ON movimientos
BEGIN
    SELECT RAISE(ABORT, 'movimientos is append-only: UPDATE refused');
END;
CREATE TRIGGER movimientos_sin_delete BEFORE DELETE ON movimientos
BEGIN
    SELECT RAISE(ABORT, 'movimientos is append-only: DELETE refused');
END;
-- INSERT OR REPLACE would delete the old row without asking the trigger above.
CREATE TRIGGER movimientos_sin_replace BEFORE INSERT ON movimientos
WHEN EXISTS (SELECT 1 FROM movimientos WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'movimientos is append-only: REPLACE refused');
END;
