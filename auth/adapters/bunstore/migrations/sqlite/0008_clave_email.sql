-- How addresses are compared: NFKC, case folded. Of one in ASCII that is the address itself; the others are filled in by
-- Almacen.CompararEmails, because SQL has no such function.
ALTER TABLE usuarios ADD COLUMN email_clave text;
UPDATE usuarios SET email_clave = email WHERE length(email) = length(CAST(email AS blob));
CREATE UNIQUE INDEX usuarios_email_clave ON usuarios (email_clave);
