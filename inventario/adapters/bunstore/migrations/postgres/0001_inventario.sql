-- Stock of each product. The CHECKs stand behind the conditional UPDATEs: whatever goes wrong, nothing is oversold.
CREATE TABLE existencias (
    producto_id    bigint      PRIMARY KEY CHECK (producto_id > 0),
    fisico         bigint      NOT NULL,
    reservado      bigint      NOT NULL DEFAULT 0,
    minimo         bigint      NOT NULL DEFAULT 0 CHECK (minimo >= 0),
    version        bigint      NOT NULL DEFAULT 1 CHECK (version > 0),
    actualizado_en timestamptz NOT NULL,
    CONSTRAINT existencias_fisico    CHECK (fisico BETWEEN 0 AND 1000000000000),
    CONSTRAINT existencias_reservado CHECK (reservado BETWEEN 0 AND fisico)
) WITH (fillfactor = 70); -- room for the next version of a hot row beside it

CREATE TABLE reservas (
    id             uuid        PRIMARY KEY,
    estado         text        NOT NULL CHECK (estado IN ('ACTIVA', 'CONSUMIDA', 'LIBERADA')),
    referencia     text        NOT NULL DEFAULT '',
    creado_en      timestamptz NOT NULL,
    actualizado_en timestamptz NOT NULL
) WITH (fillfactor = 80);

-- No reference to existencias: its check would lock stock rows before their turn.
CREATE TABLE reserva_lineas (
    reserva_id  uuid   NOT NULL REFERENCES reservas (id),
    producto_id bigint NOT NULL,
    cantidad    bigint NOT NULL CHECK (cantidad > 0),
    PRIMARY KEY (reserva_id, producto_id)
);

-- The ledger: one row for every cause of a change of stock, with the balances after it. Append-only.
CREATE TABLE movimientos (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    producto_id     bigint      NOT NULL REFERENCES existencias (producto_id),
    tipo            text        NOT NULL CHECK (tipo IN
        ('ENTRADA', 'SALIDA', 'MERMA', 'DEVOLUCION', 'RECUENTO', 'RESERVA', 'LIBERACION', 'CONSUMO')),
    delta_fisico    bigint      NOT NULL,
    delta_reservado bigint      NOT NULL,
    fisico          bigint      NOT NULL,
    reservado       bigint      NOT NULL,
    actor           text        NOT NULL,
    motivo          text        NOT NULL DEFAULT '',
    referencia      text        NOT NULL DEFAULT '',
    reserva_id      uuid        REFERENCES reservas (id),
    request_id      text        NOT NULL,
    creado_en       timestamptz NOT NULL,
    CHECK (reservado BETWEEN 0 AND fisico),
    CHECK ((reserva_id IS NOT NULL) = (tipo IN ('RESERVA', 'LIBERACION', 'CONSUMO')))
);
CREATE INDEX movimientos_producto ON movimientos (producto_id, id);

-- A reservation takes each product once and ends once, whatever a process thinks.
CREATE UNIQUE INDEX movimientos_reserva_inicio ON movimientos (reserva_id, producto_id) WHERE tipo = 'RESERVA';
CREATE UNIQUE INDEX movimientos_reserva_fin ON movimientos (reserva_id, producto_id) WHERE tipo IN ('LIBERACION', 'CONSUMO');

CREATE FUNCTION movimientos_solo_crece() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'movimientos is append-only: % refused', TG_OP;
END
$$;
CREATE TRIGGER movimientos_sin_update BEFORE UPDATE OR DELETE ON movimientos
    FOR EACH ROW EXECUTE FUNCTION movimientos_solo_crece();
CREATE TRIGGER movimientos_sin_truncate BEFORE TRUNCATE ON movimientos
    FOR EACH STATEMENT EXECUTE FUNCTION movimientos_solo_crece();
