// Package shop runs the four real services, as processes, for the tests that need all of them: end to end, contracts,
// chaos, load.
//
//	s := shop.New(t, shop.Options{})
//	token := s.Customer()
//	answer := s.Call("pedidos", "POST", "/pedidos", token, shop.Object{"producto_id": 1, "cantidad": 5})
//
// Every shop has its own ports, data directory and databases, does not use the developer's environment, and is removed when its
// test ends, also when the test fails.
package shop

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/dbtest"

	"github.com/tienda-go/tienda/tests/launcher"
)

// The admin that every shop begins with.
const (
	AdminUsername = "admin"
	AdminPassword = "gran-hermana-del-almacen-7"
)

// Options vary a shop.
type Options struct {
	Services  []string                    // which run, in the order of launcher.Names; nil = all. Env says where the others are
	Postgres  bool                        // a PostgreSQL database for each service instead of SQLite files
	Cluster   *dbtest.Cluster             // the databases lie on this server, which the test may kill
	Standby   *dbtest.Cluster             // follows Cluster; the services know both
	Pooler    *dbtest.Bouncer             // stands between the services and Cluster
	Instances map[string]int              // how many processes of a service; 1 where it is not said. More need PostgreSQL
	Through   Through                     // stands between the processes; nil = nothing
	Binary    func(service string) string // the program of a service; nil = its source as it is now
	Env       map[string]string           // further environment of every service
	// answers are not checked against the OpenAPI documents: for tests with thousands of requests
	Unchecked bool
	Placed    func(*Shop) // runs when the addresses of the shop are known, before any service starts
	Quiet     bool        // a failed test does not show the last lines of the services
}

// Through is the host:port under which the instance from reaches another one, or the server of its database (to is "postgres"),
// whose own host:port is address: a test may put a proxy there.
type Through func(from, to, address string) string

// Shop is running services.
type Shop struct {
	t         testing.TB
	o         Options
	data      string
	databases map[string]string // URL by service; none for SQLite
	instances []*instance
	http      *http.Client
	admin     string // access token, once asked for
	canaries  canaries
}

// New starts a shop and returns when it is ready.
func New(t testing.TB, o Options) *Shop {
	t.Helper()
	if o.Services == nil {
		o.Services = launcher.Names()
	}
	s := &Shop{t: t, o: o, data: t.TempDir(), databases: map[string]string{}, canaries: canaries{secrets: map[string]string{}},
		http: &http.Client{
			Timeout:   60 * time.Second,
			Transport: &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 3 * time.Second}, // below that of the services
		}}
	t.Cleanup(s.close)
	s.createDatabases()
	s.place()
	if o.Placed != nil {
		o.Placed(s)
	}
	for _, i := range s.instances {
		require.NoError(t, s.Launch(i.name))
		if i.service == "auth" { // without its keys the others are not ready
			s.Await(i.name)
		}
	}
	for _, i := range s.instances {
		s.Await(i.name)
	}
	return s
}

func (s *Shop) createDatabases() {
	s.t.Helper()
	for _, service := range s.o.Services {
		switch {
		case s.o.Cluster != nil:
			s.databases[service] = s.createDatabase(service)
		case s.o.Postgres:
			s.databases[service] = dbtest.Postgres(s.t)
		}
	}
}

// createDatabase is one of a service on the cluster.
func (s *Shop) createDatabase(service string) (url string) {
	s.t.Helper()
	cluster := s.o.Cluster
	db, err := sql.Open("pgx", cluster.URL())
	require.NoError(s.t, err)
	defer db.Close()
	_, err = db.ExecContext(s.t.Context(), "CREATE DATABASE "+service)
	require.NoError(s.t, err)
	url = strings.Replace(cluster.URL(), "/postgres?", "/"+service+"?", 1)
	if s.o.Standby != nil {
		url = strings.Replace(url, cluster.Address(), cluster.Address()+","+s.o.Standby.Address(), 1)
	}
	return url
}

// Each runs a test against a shop on PostgreSQL and against one on SQLite.
func Each(t *testing.T, test func(t *testing.T, s *Shop)) {
	t.Helper()
	EachWith(t, Options{}, test)
}

// EachWith is Each with other options than the database.
func EachWith(t *testing.T, o Options, test func(t *testing.T, s *Shop)) {
	t.Helper()
	for name, postgres := range map[string]bool{"postgres": true, "sqlite": false} {
		o.Postgres = postgres
		t.Run(name, func(t *testing.T) { test(t, New(t, o)) })
	}
}

// URL is where an instance answers.
func (s *Shop) URL(name string) string { return "http://" + s.instance(name).address() }

// Dir is the DATA_DIR of the shop.
func (s *Shop) Dir() string { return s.data }

// Database is the URL of a service's PostgreSQL database, "" on SQLite.
func (s *Shop) Database(service string) string { return s.databases[service] }

// Open opens the database of a service, as its operator would, until the test ends.
func (s *Shop) Open(service string) *sql.DB {
	s.t.Helper()
	driver, source := "sqlite", "file:"+filepath.Join(s.data, service+".db")+"?_pragma=busy_timeout(10000)"
	if url := s.databases[service]; url != "" {
		driver, source = "pgx", url+"&statement_timeout=0"
	}
	db, err := sql.Open(driver, source)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = db.Close() })
	return db
}

// Eventually waits for a condition, at most two minutes: an order whose request was killed rests within one. The longer it has
// waited, the seldomer it asks, because many questions are requests.
func (s *Shop) Eventually(what string, condition func() bool) {
	s.t.Helper()
	for start := time.Now(); !condition(); time.Sleep(min(20*time.Millisecond+time.Since(start)/10, 250*time.Millisecond)) {
		require.Less(s.t, time.Since(start), 2*time.Minute, "never came true: %s", what)
	}
}

// close ends the running services and, for a failed test, shows their last lines.
func (s *Shop) close() {
	s.checkCanaries()
	for _, i := range s.instances {
		if i.process == nil {
			continue
		}
		i.process.Kill()
		if s.t.Failed() && !s.o.Quiet {
			s.t.Logf("last lines of %s:\n%s", i.name, s.LastLines(i.name, 30))
		}
	}
}
