package matrix

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/openapi"
	"github.com/tienda-go/tienda/tests/shop"
)

// readMax is how many rows a step of a plan may read: some pages of a list.
const readMax = 1500

// TestPlans: for every operation of a shop with a history, with every filter and every two filters, and for the cleaners, the
// databases read about as many rows as they return, and find them by an index. The statements and the plans that ran come from
// PostgreSQL's log; SQLite explains the same statements.
func TestPlans(t *testing.T) {
	if testing.Short() {
		t.Skip("asks a running shop")
	}
	t.Parallel()
	cluster := dbtest.StartCluster(t, "shared_preload_libraries=auto_explain", "logging_collector=on", "log_rotation_size=0",
		"log_min_messages=log",
		"auto_explain.log_format=json", "auto_explain.log_analyze=on", "auto_explain.log_timing=off",
		"auto_explain.log_nested_statements=on", "log_line_prefix=%d:", "shared_buffers=256MB", "max_wal_size=4GB")
	s := shop.New(t, shop.Options{Cluster: cluster, Env: Secrets(), Quiet: true})
	w := NewWorld(t, s)
	s.History(historyRows)
	db, err := sql.Open("pgx", cluster.URL())
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	for _, service := range launcher.Names() {
		// Where an index can be used at all, it is: what is read without one here, has none.
		for _, setting := range []string{"auto_explain.log_min_duration = 0", "enable_seqscan = off"} {
			_, err := db.ExecContext(t.Context(), "ALTER DATABASE "+service+" SET "+setting)
			require.NoError(t, err)
		}
		s.Stop(service)
		s.Start(service)
	}
	rules, asked := Rules(), 0
	for _, document := range Documents(t, s) {
		for _, o := range document.Operations {
			for _, c := range rules[o.Service+" "+o.String()] {
				w.askAs(t, o, c, "")
			}
			for _, query := range queries(o) {
				w.askAs(t, o, rules[o.Service+" "+o.String()][0], query)
				asked++
			}
		}
	}
	assert.Greater(t, asked, 200, "there are too few filters")

	statements := map[string][]string{} // by service
	for _, p := range plansOf(t, db) {
		if inParts.MatchString(p.Text) {
			continue
		}
		p.Plan.check(t, p.Text)
		statements[p.service] = append(statements[p.service], p.Text)
	}
	checkSQLite(t, statements)
}

// askAs calls an operation as a caller that may. The answer itself is not checked.
func (w *World) askAs(t *testing.T, o openapi.Operation, c Case, query string) {
	t.Helper()
	as := w.cast.Named("admin")
	if status, err := as.Decide(o); err == nil && status != 0 {
		as = w.cast.Named("servicio pedidos")
	}
	request := c.Ask(w, as)
	if query != "" {
		request.Path, _, _ = strings.Cut(request.Path, "?")
		request.Path += "?" + query
	}
	var a shop.Answer
	w.shop.Eventually(fmt.Sprintf("%s?%s is answered", o, query), func() bool {
		// 503: on a busy machine, a verification may take too long
		var err error
		a, err = w.shop.Do(o.Service, o.Method, request.Path, as.Tokens[o.Service], request.Body, request.Headers...)
		require.NoError(t, err)
		return a.Status != 503
	})
	assert.Less(t, a.Status, 500, "%s?%s", o, query)
	if c.Ends && a.Status == 200 {
		w.cast.Again(as, a.Text("access_token"))
	}
}

// queries has every value of every filter of an operation, and every two of different filters.
func queries(o openapi.Operation) (all []string) {
	var names []string
	values := map[string][]string{}
	for _, p := range o.Spec.Parameters {
		if p.Value.In == "query" && p.Value.Name != "desde_cero" { // which verifies everything, in parts
			names = append(names, p.Value.Name)
			values[p.Value.Name] = valuesOf(p.Value)
		}
	}
	for i, a := range names {
		for _, va := range values[a] {
			all = append(all, url.Values{a: {va}}.Encode())
			for _, b := range names[i+1:] {
				for _, vb := range values[b] {
					all = append(all, url.Values{a: {va}, b: {vb}}.Encode())
				}
			}
		}
	}
	return all
}

// valuesOf are some that select all, much, little and nothing.
func valuesOf(p *openapi3.Parameter) (values []string) {
	schema := p.Schema.Value
	for _, v := range schema.Enum {
		values = append(values, fmt.Sprint(v))
	}
	now := time.Now().UTC()
	switch {
	case len(values) > 0:
	case schema.Format == "date-time":
		for _, ago := range []time.Duration{-24 * time.Hour, 12 * time.Hour, 5 * 24 * time.Hour, 400 * 24 * time.Hour} {
			values = append(values, now.Add(-ago).Format(time.RFC3339))
		}
	case schema.Type.Is("boolean"):
		values = []string{"true", "false"}
	case schema.Type.Is("integer"):
		values = []string{"1", strconv.Itoa(shop.FirstOfHistory), "987654321"}
		if schema.Max != nil {
			values = []string{"1", fmt.Sprintf("%.0f", *schema.Max)}
		}
	default:
		values = []string{"1", "historia1500", "nada"}
	}
	return values
}

// inParts are statements of the verification of the ledger, which reads all stock and a bounded part of the ledger at a time;
// inventario/adapters/bunstore has the tests of these bounds.
var inParts = regexp.MustCompile(`tramo|puntos_verificados|RESERVAS_ACTIVAS|FROM movimientos\s+WHERE producto_id = \$1 ` +
	`AND id > \$2`)

// plan is a step of a plan, as PostgreSQL prints it.
type plan struct {
	Node     string  `json:"Node Type"`
	Relation string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Rows     float64 `json:"Actual Rows"`
	Removed  float64 `json:"Rows Removed by Filter"`
	Recheck  float64 `json:"Rows Removed by Index Recheck"`
	Joined   float64 `json:"Rows Removed by Join Filter"`
	Loops    float64 `json:"Actual Loops"`
	Steps    []plan  `json:"Plans"`
}

// small are tables that do not grow with use, and are read without an index.
var small = regexp.MustCompile(`^(claves|verificaciones|.*migrations?|pg_.*)$`)

func (p plan) check(t *testing.T, statement string) {
	t.Helper()
	read := (p.Rows + p.Removed + p.Recheck + p.Joined) * max(p.Loops, 1)
	assert.LessOrEqual(t, read, float64(readMax), "%s of %s%s reads %.0f rows for: %s", p.Node, p.Relation, p.Index, read, statement)
	if p.Node == "Seq Scan" && !small.MatchString(p.Relation) {
		assert.Fail(t, "no index", "%s has no index for: %s", p.Relation, statement)
	}
	for _, step := range p.Steps {
		step.check(t, statement)
	}
}

// explained is a statement and the plan that ran.
type explained struct {
	service string
	Text    string `json:"Query Text"`
	Plan    plan   `json:"Plan"`
}

var entry = regexp.MustCompile(`(?m)^(\w+):LOG:  duration: .*plan:\n((?:\t.*\n)+)`)

// plansOf reads PostgreSQL's log; each statement is there once.
func plansOf(t *testing.T, db *sql.DB) (all []explained) {
	t.Helper()
	var text string
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT pg_read_file(pg_current_logfile())").Scan(&text))
	for _, found := range entry.FindAllStringSubmatch(text, -1) {
		e := explained{service: found[1]}
		require.NoError(t, json.Unmarshal([]byte(strings.ReplaceAll(found[2], "\n\t", "\n")), &e), found[2])
		all = append(all, e)
	}
	require.Greater(t, len(all), 500, "the log of PostgreSQL has too few plans")
	return all
}

// checkSQLite asks SQLite for its plans of the statements that PostgreSQL was sent.
func checkSQLite(t *testing.T, statements map[string][]string) {
	t.Helper()
	s := shop.New(t, shop.Options{Env: Secrets(), Quiet: true})
	explained, seen := 0, map[string]bool{}
	for service, all := range statements {
		db := s.Open(service)
		for _, statement := range all {
			statement = strings.TrimSuffix(strings.TrimSpace(statement), "FOR UPDATE")
			shape := literals.ReplaceAllString(statement, "?")
			if seen[service+shape] {
				continue
			}
			seen[service+shape] = true
			steps, err := sqlitePlan(t, db, statement)
			if err != nil { // PostgreSQL's alone
				continue
			}
			explained++
			// A list of all goes along the table, as far as its page.
			walk := !strings.Contains(statement, "WHERE") && strings.Contains(statement, "LIMIT") || ofSmall.MatchString(statement)
			for _, step := range steps {
				table, scan := strings.CutPrefix(step, "SCAN ")
				made := slices.Contains(steps, "CO-ROUTINE "+table) || slices.Contains(steps, "MATERIALIZE "+table) ||
					strings.HasSuffix(table, "CONSTANT ROW")
				assert.False(t, along.MatchString(step) && !pages.MatchString(statement), "SQLite goes along a whole table, %s, for: %s",
					step, statement)
				assert.False(t, scan && !made && !strings.Contains(table, "INDEX") && !walk, "SQLite: %q for: %s", step, statement)
				assert.False(t, strings.HasPrefix(step, "USE TEMP B-TREE FOR ORDER BY") && !few.MatchString(statement),
					"SQLite sorts for: %s", statement)
			}
		}
		require.NoError(t, db.Close())
	}
	assert.Greater(t, explained, 60, "SQLite understood too few statements")
}

var (
	literals = regexp.MustCompile(`'[^']*'|\b\d+\b`)
	holes    = regexp.MustCompile(`\$(\d+)`)
	ofSmall  = regexp.MustCompile(`FROM "?(claves|verificaciones|\w*migrations?)\b`)
	along    = regexp.MustCompile(`\(rowid[<>]\?`)
	// pages finds the lists that may go along their table: those without a filter, and those of dates, which have bounds of ids.
	pages = regexp.MustCompile(`WHERE \((producto_)?id > \d+\) ORDER BY|COALESCE\(\(SELECT id FROM pedidos`)
	// few finds statements that sort a handful: rows of one account, of one name or address, auth's keys, what ended lately.
	few = regexp.MustCompile(
		`"claves"|nombre = \$1 OR|conocidas WHERE cuenta|sesiones WHERE usuario_id|nombre_identidad = \$1 OR|tokens_desde ` +
			`>=|\(nombre = '|\(email = '`)
)

func sqlitePlan(t *testing.T, db *sql.DB, statement string) (steps []string, err error) {
	t.Helper()
	args := 0
	for _, hole := range holes.FindAllStringSubmatch(statement, -1) {
		n, _ := strconv.Atoi(hole[1])
		args = max(args, n)
	}
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement, make([]any, args)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &step))
		steps = append(steps, step)
	}
	return steps, rows.Err()
}
