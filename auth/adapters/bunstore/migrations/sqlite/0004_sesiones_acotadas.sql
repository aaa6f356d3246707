-- When the last access token of the session expires; NULL for sessions of before this column, which end within the hour or are refreshed.
ALTER TABLE sesiones ADD COLUMN tokens_hasta datetime;
-- Its tokens died with all those of the user: usuarios.tokens_desde tells, and the session is not listed by itself.
ALTER TABLE sesiones ADD COLUMN en_bloque boolean NOT NULL DEFAULT FALSE;
-- The refreshes of the current minute, and when that began.
ALTER TABLE sesiones ADD COLUMN minuto_desde datetime;
ALTER TABLE sesiones ADD COLUMN minuto_refrescos integer NOT NULL DEFAULT 0;

-- GET /revocaciones walks them in this order; the cleaner removes the oldest.
DROP INDEX sesiones_terminadas;
CREATE INDEX sesiones_terminadas ON sesiones (terminada_en, id) WHERE terminada_en IS NOT NULL;
CREATE INDEX sesiones_por_caducar ON sesiones (expira_en) WHERE terminada_en IS NULL;
-- A login counts the user's sessions, and those that ended lately.
DROP INDEX sesiones_por_usuario;
CREATE INDEX sesiones_por_usuario ON sesiones (usuario_id, terminada_en);
CREATE INDEX refrescos_por_sesion ON refrescos (sesion_id);
