-- How addresses are compared: NFKC, case folded. Of one in ASCII that is the address itself; the others are filled in by
-- Almacen.CompararEmails, because SQL has no such function.
ALTER TABLE usuarios ADD COLUMN email_clave text CONSTRAINT usuarios_email_clave UNIQUE;
UPDATE usuarios SET email_clave = email WHERE octet_length(email) = char_length(email);
