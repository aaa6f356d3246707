-- Accounts that clients opened, by the network that they came from, as a hash. A row counts for a day, and is then removed.
CREATE TABLE registros (
    id  INTEGER PRIMARY KEY AUTOINCREMENT,
    red text NOT NULL,
    en  datetime NOT NULL
);
CREATE INDEX registros_por_red ON registros (red, en);
CREATE INDEX registros_por_fecha ON registros (en);
