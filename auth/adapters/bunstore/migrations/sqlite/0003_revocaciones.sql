-- Access tokens of the user that were issued before this instant are dead. NULL = none are.
ALTER TABLE usuarios ADD COLUMN tokens_desde datetime;

-- What GET /revocaciones asks for: what has ended lately.
CREATE INDEX usuarios_tokens_desde ON usuarios (tokens_desde) WHERE tokens_desde IS NOT NULL;
CREATE INDEX sesiones_terminadas ON sesiones (terminada_en) WHERE terminada_en IS NOT NULL;

-- Guesses of a password that were wrong, or are being looked at: one row each, for a quarter of an hour.
CREATE TABLE intentos (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    ambito text NOT NULL, -- of an account and an address; a hash, because people type passwords where names belong
    en     datetime NOT NULL
);
CREATE INDEX intentos_por_ambito ON intentos (ambito, en);
CREATE INDEX intentos_por_fecha ON intentos (en);
