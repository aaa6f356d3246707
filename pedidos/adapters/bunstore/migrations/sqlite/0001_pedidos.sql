CREATE TABLE pedidos (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    usuario_id     integer     NOT NULL CHECK (usuario_id > 0),
    reserva_id     text        NOT NULL UNIQUE,
    lineas         text        NOT NULL CHECK (lineas <> ''), -- JSON: the snapshot of names and prices, never updated
    moneda         text        NOT NULL CHECK (length(moneda) = 3),
    total          integer     NOT NULL CHECK (total BETWEEN 0 AND 999999999999999), -- hundredths
    fase           text        NOT NULL
        CHECK (fase IN ('RECIBIDO', 'RESERVADO', 'COMPLETANDO', 'CANCELANDO', 'COMPLETADO', 'CANCELADO')),
    motivo         text        CHECK (motivo IN ('SIN_STOCK', 'USUARIO', 'SOPORTE', 'EXPIRADO', 'SISTEMA')),
    nota           text        NOT NULL,
    version        integer     NOT NULL CHECK (version >= 1),
    creado_en      datetime    NOT NULL,
    actualizado_en datetime    NOT NULL,
    expira_en      datetime,
    revisar_en     datetime, -- when the reconciler looks at it
    intentos       integer     NOT NULL CHECK (intentos >= 0),
    CONSTRAINT pedidos_motivo CHECK ((motivo IS NOT NULL) = (fase IN ('CANCELANDO', 'CANCELADO'))),
    -- An order under way is always somebody's; a finished one is nobody's.
    CONSTRAINT pedidos_en_curso CHECK (fase NOT IN ('RECIBIDO', 'COMPLETANDO', 'CANCELANDO') OR revisar_en IS NOT NULL),
    CONSTRAINT pedidos_final CHECK (fase NOT IN ('COMPLETADO', 'CANCELADO') OR revisar_en IS NULL)
);

CREATE INDEX pedidos_por_usuario ON pedidos (usuario_id, id);
CREATE INDEX pedidos_por_revisar ON pedidos (revisar_en) WHERE revisar_en IS NOT NULL;
