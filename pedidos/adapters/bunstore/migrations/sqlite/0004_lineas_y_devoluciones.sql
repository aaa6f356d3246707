-- An order that the shop has accepted does not expire. SQLite cannot change a CHECK: the table is made anew.
CREATE TABLE pedidos_nuevos (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    usuario_id     integer     NOT NULL CHECK (usuario_id > 0),
    reserva_id     text        NOT NULL UNIQUE,
    lineas         text        NOT NULL CHECK (lineas <> ''), -- JSON: the snapshot of names and prices, never updated
    moneda         text        NOT NULL CHECK (length(moneda) = 3),
    total          integer     NOT NULL CHECK (total BETWEEN 0 AND 999999999999999), -- hundredths
    fase           text        NOT NULL
        CHECK (fase IN ('RECIBIDO', 'RESERVADO', 'ACEPTADO', 'COMPLETANDO', 'CANCELANDO', 'COMPLETADO', 'CANCELADO')),
    motivo         text        CHECK (motivo IN ('SIN_STOCK', 'USUARIO', 'SOPORTE', 'EXPIRADO', 'SISTEMA')),
    nota           text        NOT NULL,
    version        integer     NOT NULL CHECK (version >= 1),
    creado_en      datetime    NOT NULL,
    actualizado_en datetime    NOT NULL,
    expira_en      datetime,
    revisar_en     datetime, -- when the reconciler looks at it
    intentos       integer     NOT NULL CHECK (intentos >= 0),
    con_clave      boolean     NOT NULL DEFAULT false, -- its client will ask again under an Idempotency-Key
    revision       integer     NOT NULL DEFAULT 1 CHECK (revision >= 1), -- counts every write
    pasos          text        NOT NULL DEFAULT '[]', -- JSON: the story of the order
    referencia     text, -- what the shop calls it since it was accepted
    CONSTRAINT pedidos_motivo CHECK ((motivo IS NOT NULL) = (fase IN ('CANCELANDO', 'CANCELADO'))),
    CONSTRAINT pedidos_en_curso CHECK (fase NOT IN ('RECIBIDO', 'COMPLETANDO', 'CANCELANDO') OR revisar_en IS NOT NULL),
    CONSTRAINT pedidos_final CHECK (fase NOT IN ('COMPLETADO', 'CANCELADO') OR revisar_en IS NULL),
    CONSTRAINT pedidos_aceptado CHECK (fase <> 'ACEPTADO' OR (expira_en IS NULL AND revisar_en IS NULL))
);
INSERT INTO pedidos_nuevos (id, usuario_id, reserva_id, lineas, moneda, total, fase, motivo, nota, version, creado_en, actualizado_en,
    expira_en, revisar_en, intentos, con_clave, revision, pasos)
SELECT id, usuario_id, reserva_id, lineas, moneda, total, fase, motivo, nota, version, creado_en, actualizado_en,
    expira_en, revisar_en, intentos, con_clave, revision, pasos FROM pedidos;
-- The ids of orders that were removed are not given again.
DELETE FROM sqlite_sequence WHERE name = 'pedidos_nuevos';
INSERT INTO sqlite_sequence (name, seq) SELECT 'pedidos_nuevos', seq FROM sqlite_sequence WHERE name = 'pedidos';
DROP TABLE pedidos;
ALTER TABLE pedidos_nuevos RENAME TO pedidos;

CREATE INDEX pedidos_por_usuario ON pedidos (usuario_id, id);
CREATE INDEX pedidos_por_revisar ON pedidos (revisar_en) WHERE revisar_en IS NOT NULL;
CREATE INDEX pedidos_rechazados ON pedidos (usuario_id, creado_en) WHERE motivo = 'SIN_STOCK';
CREATE INDEX pedidos_rechazados_por_edad ON pedidos (actualizado_en) WHERE motivo = 'SIN_STOCK' AND fase = 'CANCELADO';
-- What a customer's caps and the figures by phase count.
CREATE INDEX pedidos_abiertos ON pedidos (usuario_id, fase)
    WHERE fase IN ('RECIBIDO', 'RESERVADO', 'ACEPTADO', 'COMPLETANDO', 'CANCELANDO');
-- What lists select by, in their order.
CREATE INDEX pedidos_pendientes ON pedidos (id) WHERE fase NOT IN ('COMPLETADO', 'CANCELADO');
CREATE INDEX pedidos_por_fase ON pedidos (fase, id);
CREATE INDEX pedidos_por_motivo ON pedidos (motivo, id) WHERE motivo IS NOT NULL;
CREATE INDEX pedidos_por_creado ON pedidos (creado_en);

-- The lines as questions and limits need them. Their names and prices are in pedidos.lineas, which is what an order shows; the
-- database makes these rows from it, so there is no order without them.
CREATE TABLE pedido_lineas (
    pedido_id   integer NOT NULL REFERENCES pedidos (id) ON DELETE CASCADE,
    producto_id integer NOT NULL,
    cantidad    integer NOT NULL CHECK (cantidad > 0),
    devuelto    integer NOT NULL DEFAULT 0, -- units that came back
    PRIMARY KEY (pedido_id, producto_id),
    CONSTRAINT pedido_lineas_devuelto CHECK (devuelto BETWEEN 0 AND cantidad)
) WITHOUT ROWID;
INSERT INTO pedido_lineas (pedido_id, producto_id, cantidad)
    SELECT p.id, l.value ->> 'producto_id', l.value ->> 'cantidad' FROM pedidos p, json_each(p.lineas) l;
CREATE INDEX pedido_lineas_por_producto ON pedido_lineas (producto_id, pedido_id);

CREATE TRIGGER pedidos_lineas AFTER INSERT ON pedidos
BEGIN
    INSERT INTO pedido_lineas (pedido_id, producto_id, cantidad)
        SELECT NEW.id, l.value ->> 'producto_id', l.value ->> 'cantidad' FROM json_each(NEW.lineas) l;
END;

-- Goods that came back. The row is there before inventario hears of it, with the id of the movement there.
CREATE TABLE devoluciones (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    pedido_id     integer  NOT NULL REFERENCES pedidos (id),
    movimiento_id text     NOT NULL UNIQUE,
    lineas        text     NOT NULL CHECK (lineas <> ''), -- JSON, never updated
    reponer       boolean  NOT NULL,
    motivo        text     NOT NULL,
    autor         text     NOT NULL,
    peticion      text     NOT NULL, -- the id of the request
    fase          text     NOT NULL CHECK (fase IN ('EN_CURSO', 'HECHA')),
    creado_en     datetime NOT NULL,
    hecha_en      datetime,
    revisar_en    datetime, -- when the reconciler looks at it
    intentos      integer  NOT NULL CHECK (intentos >= 0),
    causa         text     NOT NULL, -- why the last attempt failed
    CONSTRAINT devoluciones_en_curso CHECK ((fase = 'EN_CURSO') = (revisar_en IS NOT NULL)),
    CONSTRAINT devoluciones_hecha CHECK ((fase = 'HECHA') = (hecha_en IS NOT NULL)),
    CONSTRAINT devoluciones_sin_reponer CHECK (reponer OR fase = 'HECHA')
);
CREATE INDEX devoluciones_por_pedido ON devoluciones (pedido_id, id);
CREATE INDEX devoluciones_por_revisar ON devoluciones (revisar_en) WHERE revisar_en IS NOT NULL;
