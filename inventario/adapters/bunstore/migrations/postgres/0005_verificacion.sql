-- Checkpoints of the verification: up to this row of the ledger the product was verified. Append-only.
CREATE TABLE puntos_verificados (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    producto_id   bigint      NOT NULL,
    movimiento_id bigint      NOT NULL,
    movimientos   bigint      NOT NULL, -- the product's rows up to it
    fisico        bigint      NOT NULL, -- their sums
    reservado     bigint      NOT NULL,
    sello         text        NOT NULL, -- hash of the above
    creado_en     timestamptz NOT NULL
);
CREATE UNIQUE INDEX puntos_verificados_producto ON puntos_verificados (producto_id, movimiento_id);

CREATE FUNCTION solo_crece() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP;
END
$$;
CREATE TRIGGER puntos_verificados_sin_update BEFORE UPDATE OR DELETE ON puntos_verificados
    FOR EACH ROW EXECUTE FUNCTION solo_crece();
CREATE TRIGGER puntos_verificados_sin_truncate BEFORE TRUNCATE ON puntos_verificados
    FOR EACH STATEMENT EXECUTE FUNCTION solo_crece();

-- Verifications of the whole ledger that were asked for, and how far they are. One at a time.
CREATE TABLE verificaciones (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    estado         text        NOT NULL CHECK (estado IN ('EN_CURSO', 'HECHA')),
    pedida_en      timestamptz NOT NULL,
    actualizada_en timestamptz NOT NULL,
    arrendada      timestamptz NOT NULL, -- until then one process works on it
    movimiento_id  bigint      NOT NULL, -- the last row of the ledger that was verified
    reserva_id     text        NOT NULL, -- the last reservation that was; '' = none
    resultado      text        NOT NULL  -- JSON
);
CREATE UNIQUE INDEX verificaciones_en_curso ON verificaciones (estado) WHERE estado = 'EN_CURSO';

-- The stock at an instant, however long ago: the times of a product never go back.
CREATE INDEX movimientos_instante ON movimientos (producto_id, creado_en, id);
