CREATE TABLE productos (
    id             INTEGER PRIMARY KEY AUTOINCREMENT, -- an id is never used again
    nombre         TEXT NOT NULL CONSTRAINT productos_nombre_no_vacio CHECK (nombre <> ''),
    nombre_clave   TEXT NOT NULL, -- nombre in lower case and NFC: what must be unique
    descripcion    TEXT NOT NULL,
    precio         INTEGER NOT NULL CONSTRAINT productos_precio_en_rango
                   CHECK (typeof(precio) = 'integer' AND precio BETWEEN 0 AND 999999999999999), -- hundredths
    moneda         TEXT NOT NULL CONSTRAINT productos_moneda_iso CHECK (length(moneda) = 3),
    sku            TEXT CONSTRAINT productos_sku_no_vacio CHECK (sku <> ''),
    categoria      TEXT CONSTRAINT productos_categoria_no_vacia CHECK (categoria <> ''),
    estado         TEXT NOT NULL CONSTRAINT productos_estado_conocido CHECK (estado IN ('BORRADOR', 'ACTIVO', 'ARCHIVADO')),
    atributos      TEXT CONSTRAINT productos_atributos_json CHECK (json_valid(atributos)),
    version        INTEGER NOT NULL CONSTRAINT productos_version_positiva CHECK (version >= 1),
    creado_en      DATETIME NOT NULL,
    actualizado_en DATETIME NOT NULL
);

CREATE UNIQUE INDEX productos_nombre_unico ON productos (nombre_clave) WHERE estado <> 'ARCHIVADO';
CREATE UNIQUE INDEX productos_sku_unico ON productos (sku) WHERE estado <> 'ARCHIVADO';
CREATE INDEX productos_activos ON productos (id) WHERE estado = 'ACTIVO';
