package load_test

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// leastSchema makes the least that a shop needs, in a database of its own: two indexes beside the primary keys.
func (b *bed) leastSchema() {
	b.t.Helper()
	_, err := b.db.ExecContext(b.t.Context(), "CREATE DATABASE minimo")
	require.NoError(b.t, err)
	db := b.minimo()
	defer db.Close()
	_, err = db.ExecContext(b.t.Context(), fmt.Sprintf(`
		CREATE TABLE producto (id bigint PRIMARY KEY, nombre text NOT NULL, precio bigint NOT NULL);
		CREATE TABLE pedido (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, usuario bigint NOT NULL, fase text NOT NULL,
			total bigint NOT NULL);
		CREATE INDEX ON pedido (usuario);
		CREATE TABLE linea (pedido bigint NOT NULL, producto bigint NOT NULL, cantidad bigint NOT NULL, PRIMARY KEY (pedido, producto));
		CREATE TABLE stock (producto bigint PRIMARY KEY, fisico bigint NOT NULL, reservado bigint NOT NULL) WITH (fillfactor = 70);
		CREATE TABLE reserva (id bigint PRIMARY KEY, estado text NOT NULL);
		CREATE TABLE libro (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, producto bigint NOT NULL, cantidad bigint NOT NULL);
		CREATE INDEX ON libro (producto);
		INSERT INTO producto SELECT n, 'Producto ' || n, 1995 FROM generate_series(1, %[1]d) n;
		INSERT INTO stock SELECT n, 1000000000, 0 FROM generate_series(1, %[1]d) n;
		ANALYZE;`, products))
	require.NoError(b.t, err)
}

var scripts = map[string]string{
	"producto": fmt.Sprintf(`\set p random(1, %d)
SELECT id, nombre, precio FROM producto WHERE id = :p;
`, products),
	"lista": `SELECT id, nombre, precio FROM producto WHERE id > 0 ORDER BY id LIMIT 101;
`,
	"pedido": fmt.Sprintf(`\set p random(1, %d)
\set u random(1, %d)
SELECT nombre, precio FROM producto WHERE id = :p;
BEGIN;
INSERT INTO pedido (usuario, fase, total) VALUES (:u, 'RECIBIDO', 1995) RETURNING id AS pedido \gset
INSERT INTO linea VALUES (:pedido, :p, 1);
COMMIT;
BEGIN;
UPDATE stock SET reservado = reservado + 1 WHERE producto = :p AND fisico - reservado >= 1;
INSERT INTO reserva VALUES (:pedido, 'ACTIVA');
INSERT INTO libro (producto, cantidad) VALUES (:p, 1);
COMMIT;
UPDATE pedido SET fase = 'RESERVADO' WHERE id = :pedido;
`, products, customers),
}

var tps = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench is how many times a second a script goes through, with its statements prepared.
func (b *bed) pgbench(script string, clients int, d time.Duration) float64 {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), script+".sql")
	require.NoError(b.t, os.WriteFile(path, []byte(scripts[script]), 0o600))
	host, port, err := net.SplitHostPort(b.cluster.Address())
	require.NoError(b.t, err)
	cmd := exec.CommandContext(b.t.Context(), b.cluster.Program("pgbench"), "-n", "-M", "prepared", "-f", path, "-c",
		strconv.Itoa(clients),
		"-j", "2", "-T", strconv.Itoa(int(d.Seconds())), "-h", host, "-p", port, "-U", "postgres", "minimo")
	out, err := cmd.CombinedOutput()
	require.NoError(b.t, err, string(out))
	found := tps.FindSubmatch(out)
	require.NotNil(b.t, found, string(out))
	value, err := strconv.ParseFloat(string(found[1]), 64)
	require.NoError(b.t, err)
	return value
}

// minimo is the database of leastSchema.
func (b *bed) minimo() *sql.DB {
	b.t.Helper()
	db, err := sql.Open("pgx", strings.Replace(b.cluster.URL(), "/postgres?", "/minimo?", 1))
	require.NoError(b.t, err)
	return db
}
