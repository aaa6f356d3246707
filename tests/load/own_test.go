package load_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/shop"
)

// statement is one that a service sent to its database.
type statement struct {
	service, text string
	args          []any
}

// recording has the statements of one order, and the values in them that differ from order to order.
type recording struct {
	statements []statement
	key        string
	order      string // its id
	product    string
}

var (
	logged    = regexp.MustCompile(`(?m)^(\w+):(LOG|DETAIL):  (.*(?:\n\t.*)*)`)
	sent      = regexp.MustCompile(`(?s)^(?:statement|execute [^:]+): (.*)`)
	parameter = regexp.MustCompile(`\$\d+ = (NULL|'(?:[^']|'')*')`)
	number    = regexp.MustCompile(`\b\d+\b`)

	intoOrders = regexp.MustCompile(`INSERT INTO "?pedidos\b`)
	aUUID      = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
)

// record places an order with a key and reads its statements from PostgreSQL's log. The log may also have statements of a
// service's background jobs, so record takes the shortest of some recordings.
func (b *bed) record() (shortest recording) {
	b.t.Helper()
	set := func(value string) {
		for _, s := range []string{"ALTER SYSTEM SET log_statement = " + value, "SELECT pg_reload_conf()"} {
			_, err := b.db.ExecContext(b.t.Context(), s)
			require.NoError(b.t, err)
		}
		time.Sleep(time.Second) // every connection reads the setting meanwhile
	}
	read := func() (text string) {
		require.NoError(b.t, b.db.QueryRowContext(b.t.Context(), "SELECT pg_read_file(pg_current_logfile())").Scan(&text))
		return text
	}
	set("'all'")
	for range 4 {
		r := recording{key: fmt.Sprintf("medida-%d", serial.Add(1)), product: strconv.FormatInt(b.product(), 10)}
		before := len(read())
		status, answer := b.client.do("pedidos", "POST", "/pedidos", b.token(), `{"producto_id":`+r.product+`,"cantidad":1}`,
			"Idempotency-Key", r.key)
		require.Equal(b.t, 201, status, string(answer))
		r.order = strconv.FormatInt(shop.Answer{Body: answer}.Int("id"), 10)
		r.statements = parse(read()[before:])
		if shortest.statements == nil || len(r.statements) < len(shortest.statements) {
			shortest = r
		}
	}
	set("'none'")
	return shortest
}

func parse(log string) (all []statement) {
	for _, found := range logged.FindAllStringSubmatch(log, -1) {
		service, text := found[1], strings.ReplaceAll(found[3], "\n\t", "\n")
		if service != "productos" && service != "inventario" && service != "pedidos" {
			continue
		}
		if s := sent.FindStringSubmatch(text); found[2] == "LOG" && s != nil {
			all = append(all, statement{service: service, text: s[1]})
		} else if found[2] == "DETAIL" && len(all) > 0 {
			for _, p := range parameter.FindAllStringSubmatch(text, -1) {
				var arg any
				if p[1] != "NULL" {
					arg = strings.ReplaceAll(p[1][1:len(p[1])-1], "''", "'")
				}
				all[len(all)-1].args = append(all[len(all)-1].args, arg)
			}
		}
	}
	return all
}

// replay is how many orders a second PostgreSQL takes when it is sent the recorded statements alone, prepared where they have
// parameters, as pgbench would. 0, and a word about it, when they cannot be sent again.
func (b *bed) replay(r recording) func(clients int, d time.Duration) float64 {
	return func(clients int, d time.Duration) float64 {
		pools := map[string]*sql.DB{}
		for _, s := range r.statements {
			if pools[s.service] == nil {
				pools[s.service] = b.shop.Open(s.service)
				pools[s.service].SetMaxIdleConns(clients)
				defer pools[s.service].Close()
			}
		}
		var failed atomic.Pointer[error]
		free := make(chan map[string]*sql.Conn, clients)
		for range clients {
			conns := map[string]*sql.Conn{}
			for service, pool := range pools {
				conn, err := pool.Conn(b.t.Context())
				require.NoError(b.t, err)
				conns[service] = conn
			}
			free <- conns
		}
		held := b.held()
		all := closed(clients, d, func() int {
			conns := <-free
			defer func() { free <- conns }()
			if err := b.once(r, conns); err != nil {
				failed.Store(&err)
				return ended
			}
			return 0
		})
		close(free)
		for conns := range free {
			for _, conn := range conns {
				_ = conn.Close()
			}
		}
		if err := failed.Load(); err != nil {
			progress("the statements of an order cannot be sent again without its service: %v", *err)
			return 0
		}
		require.Equal(b.t, held+len(all), b.held(), "each replay must leave an order as the service does")
		return float64(len(all)) / d.Seconds()
	}
}

// held is how many orders hold stock.
func (b *bed) held() (n int) {
	b.t.Helper()
	db := b.shop.Open("pedidos")
	defer db.Close()
	require.NoError(b.t, db.QueryRowContext(b.t.Context(), "SELECT count(*) FROM pedidos WHERE fase = 'RESERVADO'").Scan(&n))
	return n
}

// once sends the statements of one order, with ids and a key of its own.
func (b *bed) once(r recording, conns map[string]*sql.Conn) error {
	order, key, product := r.order, fmt.Sprintf("medida-%d", serial.Add(1)), strconv.FormatInt(b.product(), 10)
	uuids := map[string]string{}
	own := func(text string) string {
		return aUUID.ReplaceAllStringFunc(strings.ReplaceAll(text, r.key, key), func(old string) string {
			if uuids[old] == "" {
				uuids[old] = uuid.NewString()
			}
			return uuids[old]
		})
	}
	for _, s := range r.statements {
		text := own(s.text)
		args := make([]any, len(s.args))
		for i, arg := range s.args {
			switch value, _ := arg.(string); {
			case arg == nil:
			case value == r.order:
				args[i] = order
			case value == r.product:
				args[i] = product
			default:
				args[i] = own(value)
			}
		}
		if len(args) == 0 {
			text = number.ReplaceAllStringFunc(text, func(n string) string {
				if n == r.order {
					return order
				}
				return n
			})
		}
		id, err := run(conns[s.service], text, args)
		if err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		if id != "" && intoOrders.MatchString(text) {
			order = id
		}
	}
	return nil
}

// run gives the first column of the first row.
func run(conn *sql.Conn, text string, args []any) (first string, err error) {
	rows, err := conn.QueryContext(context.Background(), text, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	if columns, err := rows.Columns(); err == nil && len(columns) > 0 && rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(sql.RawBytes)
		}
		if err := rows.Scan(values...); err != nil {
			return "", err
		}
		first = string(*values[0].(*sql.RawBytes))
	}
	for rows.Next() {
	}
	return first, rows.Err()
}
