-- A guess also counts for its address, over all accounts, and for its account, over all addresses; both are hashes.
ALTER TABLE intentos ADD COLUMN red text NOT NULL DEFAULT '';
ALTER TABLE intentos ADD COLUMN cuenta text NOT NULL DEFAULT '';
CREATE INDEX intentos_por_red ON intentos (red, en);
CREATE INDEX intentos_por_cuenta ON intentos (cuenta, en);

-- Where the owner of an account logged in before; hashes as above.
CREATE TABLE conocidas (
    cuenta   text NOT NULL,
    red      text NOT NULL,
    visto_en datetime NOT NULL,
    PRIMARY KEY (cuenta, red)
);
CREATE INDEX conocidas_por_fecha ON conocidas (visto_en);
