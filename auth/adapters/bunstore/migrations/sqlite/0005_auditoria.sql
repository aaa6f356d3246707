-- What happened to accounts. Rows are only added: the triggers below refuse the rest, whoever asks.
CREATE TABLE auditoria (
    id         integer   PRIMARY KEY AUTOINCREMENT,
    tipo       text      NOT NULL CHECK (tipo IN ('ACCESO_FALLIDO', 'BLOQUEO', 'ROL_CAMBIADO', 'CUENTA_CERRADA', 'CUENTA_ABIERTA',
                                                  'CONTRASENA_CAMBIADA', 'EMAIL_CAMBIADO', 'CLAVE_ROTADA')),
    cuando     timestamp NOT NULL,
    actor_id   integer   NOT NULL, -- 0 = nobody who is known
    usuario_id integer   NOT NULL, -- 0 = none that is known
    direccion  text      NOT NULL, -- '' = not known, or several
    detalle    text      NOT NULL, -- a JSON object
    ventana    integer,            -- of failed guesses: the quarter of an hour, counted from 1970
    veces      integer   NOT NULL CHECK (veces >= 0),
    ultimo     timestamp
);

-- One row an account, address and quarter of an hour; also counts the rows of one.
CREATE UNIQUE INDEX auditoria_ventana ON auditoria (tipo, ventana, usuario_id, direccion) WHERE ventana IS NOT NULL;
CREATE INDEX auditoria_por_fecha ON auditoria (cuando, id);
CREATE INDEX auditoria_por_usuario ON auditoria (usuario_id, cuando, id);
CREATE INDEX auditoria_por_tipo ON auditoria (tipo, cuando, id);

-- The count of failed guesses goes up, and nothing else changes.
CREATE TRIGGER auditoria_sin_cambios BEFORE UPDATE ON auditoria
WHEN NOT (OLD.tipo = 'ACCESO_FALLIDO' AND NEW.veces > OLD.veces AND NEW.ultimo >= OLD.ultimo
    AND (NEW.id, NEW.tipo, NEW.cuando, NEW.actor_id, NEW.usuario_id, NEW.direccion, NEW.detalle, NEW.ventana)
      IS (OLD.id, OLD.tipo, OLD.cuando, OLD.actor_id, OLD.usuario_id, OLD.direccion, OLD.detalle, OLD.ventana))
BEGIN
    SELECT RAISE(ABORT, 'auditoria: UPDATE refused, the trail is append-only');
END;

CREATE TRIGGER auditoria_sin_bajas BEFORE DELETE ON auditoria
WHEN OLD.cuando >= strftime('%Y-%m-%d %H:%M:%S', 'now', '-400 days')
BEGIN
    SELECT RAISE(ABORT, 'auditoria: DELETE refused, the trail is append-only');
END;

-- REPLACE removes the row that is in its way without asking the trigger before.
CREATE TRIGGER auditoria_sin_reemplazos BEFORE INSERT ON auditoria
WHEN EXISTS (SELECT 1 FROM auditoria WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM auditoria WHERE ventana = NEW.ventana AND tipo = NEW.tipo AND usuario_id = NEW.usuario_id AND direccion = NEW.direccion)
BEGIN
    SELECT RAISE(ABORT, 'auditoria: REPLACE refused, the trail is append-only');
END;
