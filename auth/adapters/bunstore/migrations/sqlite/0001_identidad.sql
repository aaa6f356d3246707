CREATE TABLE usuarios (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    nombre         text        NOT NULL CONSTRAINT usuarios_nombre UNIQUE,
    email          text        NOT NULL CONSTRAINT usuarios_email UNIQUE,
    hash           text        NOT NULL CHECK (hash <> ''),
    rol            text        NOT NULL CHECK (rol IN ('cliente', 'catalogo', 'almacen', 'soporte', 'admin')),
    activo         boolean     NOT NULL,
    version        integer     NOT NULL CHECK (version >= 1),
    creado_en      datetime    NOT NULL,
    actualizado_en datetime    NOT NULL
);

CREATE INDEX usuarios_por_rol ON usuarios (rol);

-- A login and all refresh tokens that descend from it.
CREATE TABLE sesiones (
    id           text        PRIMARY KEY,
    usuario_id   integer     NOT NULL REFERENCES usuarios (id),
    creada_en    datetime    NOT NULL,
    expira_en    datetime    NOT NULL,
    terminada_en datetime
);

CREATE INDEX sesiones_por_usuario ON sesiones (usuario_id);

CREATE TABLE refrescos (
    hash      text        PRIMARY KEY, -- SHA-256 of the token: the token itself is stored nowhere
    sesion_id text        NOT NULL REFERENCES sesiones (id),
    creado_en datetime    NOT NULL,
    rotado_en datetime
);

-- A session has one refresh token that was not used yet.
CREATE UNIQUE INDEX refrescos_uno_vivo ON refrescos (sesion_id) WHERE rotado_en IS NULL;

CREATE TABLE claves (
    kid       text        PRIMARY KEY,
    publica   text        NOT NULL, -- base64
    cifrada   text        NOT NULL, -- base64; the private part under SECRET_KEY
    activa    boolean     NOT NULL,
    creada_en datetime    NOT NULL
);

-- One key signs.
CREATE UNIQUE INDEX claves_una_activa ON claves (activa) WHERE activa;
