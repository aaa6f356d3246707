package shop

import (
	"fmt"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/launcher"
)

// FirstOfHistory is the first id of what History makes: the ids below are for what a test makes by the API.
const FirstOfHistory = 1001

// historyTables is what ten days of use leave in each table that grows, n being a row. Each is written for both databases, but
// for {at} (an instant of the ten days), {id} (a uuid, as text), {uuid} (as a uuid) and {now}.
var historyTables = map[string][]string{
	"auth": {
		`usuarios (id, nombre, email, email_clave, hash, rol, activo, version, creado_en, actualizado_en)
			SELECT n, 'historia' || n, 'historia' || n || '@tienda.example', 'historia' || n || '@tienda.example', 
				'ninguno', 'cliente', TRUE, 1, {at}, {at}`,
		`sesiones (id, usuario_id, creada_en, expira_en, terminada_en) SELECT 'historia' || n, n, {at}, {now}, ` +
			`CASE WHEN n % 2 = 0 THEN {at} END`,
		`refrescos (hash, sesion_id, creado_en) SELECT 'historia' || n, 'historia' || n, {at}`,
		`auditoria (tipo, cuando, actor_id, usuario_id, direccion, detalle, veces) SELECT 'BLOQUEO', {at}, 0, n, '192.0.2.1', '{}', 0`,
		`conocidas (cuenta, red, visto_en) SELECT 'historia' || n, '192.0.2.1', {now}`,
	},
	"productos": {
		`productos (id, nombre, nombre_clave, nombre_identidad, descripcion, precio, moneda, sku, sku_clave, sku_identidad,
				estado, version, creado_en, actualizado_en)
			SELECT n, 'Historia ' || n, 'historia ' || n, 'historia ' || n, '', 1995, 'EUR', 'H-' || n,
				'h-' || n, 'h-' || n, 'ACTIVO', 1, {at}, {at}`,
	},
	"inventario": {
		`existencias (producto_id, fisico, minimo, version, actualizado_en)
			SELECT n, 1000000000, 10, CASE WHEN n = {first} THEN {rows} + 1 ELSE 1 END, {at}`,
		`reservas (id, estado, referencia, creado_en, actualizado_en) SELECT {uuid}, 'LIBERADA', 'pedido ' || n, {at}, {at}`,
		`movimientos (producto_id, tipo, delta_fisico, delta_reservado, fisico, reservado, actor, request_id, creado_en, version)
			SELECT n, 'ENTRADA', 1000000000, 0, 1000000000, 0, 'historia', 'historia', {at}, 1`,
		// One product was counted again and again.
		`movimientos (producto_id, tipo, delta_fisico, delta_reservado, fisico, reservado, actor, request_id, creado_en, version)
			SELECT {first}, 'RECUENTO', 0, 0, 1000000000, 0, 'historia', 'historia', {at}, n - {first} + 2`,
	},
	"pedidos": {
		`pedidos (id, usuario_id, reserva_id, lineas, moneda, total, fase, motivo, nota, version, creado_en, actualizado_en, intentos)
			SELECT n, 1000 + n % ({rows} / 100 + 1), {id},
			'[{"producto_id":' || n || ',"nombre":"Historia","precio":1995,"cantidad":1,"subtotal":1995}]',
			'EUR', 1995, CASE WHEN n % 2 = 0 THEN 'COMPLETADO' ELSE 'CANCELADO' END, CASE WHEN n % 2 = 1 THEN 'USUARIO' END, '', 3, {at}, {at}, 0`,
	},
}

// historyDays is how long a history lasts, up to now: nothing of it is old enough for a cleaner.
const historyDays = 10

// History fills the tables that grow with rows each: products with stock, users, orders, the ledger. Their ids begin at
// FirstOfHistory.
func (s *Shop) History(rows int) {
	s.t.Helper()
	for _, service := range launcher.Names() {
		db := s.Open(service)
		postgres := s.databases[service] != ""
		begin, step := time.Now().UTC().Add(-historyDays*24*time.Hour).Format("2006-01-02 15:04:05"),
			float64(historyDays*24*3600)/float64(rows)
		id := `'00000000-0000-4000-8000-' || substr(CAST(1000000000000 + n AS text), 2)`
		uuid := id
		at := fmt.Sprintf(`strftime('%%Y-%%m-%%d %%H:%%M:%%S+00:00', '%s', CAST((n - %d) * %f AS integer) || ' seconds')`, begin,
			FirstOfHistory, step)
		now := `strftime('%Y-%m-%d %H:%M:%S+00:00', 'now', '1 hour')`
		numbers := "(WITH RECURSIVE numbers(n) AS (SELECT %d UNION ALL SELECT n + 1 FROM numbers WHERE n < %d) SELECT n " +
			"FROM numbers) AS numbers"
		if postgres {
			uuid = "CAST(" + id + " AS uuid)"
			at = fmt.Sprintf("timestamptz '%s+00:00' + (n - %d) * interval '%f seconds'", begin, FirstOfHistory, step)
			now = "now() + interval '1 hour'"
			numbers = "generate_series(%d, %d) AS numbers(n)"
		}
		words := strings.NewReplacer("{id}", id, "{uuid}", uuid, "{at}", at, "{now}", now, "{rows}", fmt.Sprint(rows),
			"{first}", fmt.Sprint(FirstOfHistory))
		for _, table := range historyTables[service] {
			_, err := db.ExecContext(s.t.Context(),
				"INSERT INTO "+words.Replace(table)+" FROM "+fmt.Sprintf(numbers, FirstOfHistory, FirstOfHistory+rows-1))
			require.NoError(s.t, err, table)
		}
		if postgres {
			if table, counted := map[string]string{"auth": "usuarios", "productos": "productos", "pedidos": "pedidos"}[service]; counted {
				_, err := db.ExecContext(s.t.Context(), "SELECT setval(pg_get_serial_sequence($1, 'id'), $2)", table, FirstOfHistory+rows)
				require.NoError(s.t, err)
			}
			_, err := db.ExecContext(s.t.Context(), "VACUUM ANALYZE")
			require.NoError(s.t, err)
		}
	}
}
