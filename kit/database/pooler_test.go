package database_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"
)

// as is a URL with another role, database and query.
func as(url, role, name, query string) string {
	url = strings.Replace(url, "//postgres@", "//"+role+"@", 1)
	return strings.Replace(url, "/postgres?", "/"+name+"?"+query, 1)
}

func statements(t *testing.T, url string, all ...string) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer db.Close()
	for _, statement := range all {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// A role as docs/setup.md makes it, on PostgreSQL 15 and before a pgbouncer in transaction mode: everything works, the time
// limits hold, and no connection of the pool keeps anything for its next client.
func TestPooler(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	bouncer := cluster.StartBouncer(t, "tienda")
	statements(t, cluster.URL(), "CREATE ROLE tienda LOGIN", "CREATE DATABASE cosas OWNER tienda")
	url := as(bouncer.Through(cluster, cluster.URL()), "tienda", "cosas", "")

	other, err := sql.Open("pgx", url+"&default_query_exec_mode=simple_protocol")
	require.NoError(t, err)
	defer other.Close()
	// changed are the settings that a SET has left behind on a connection of the pool, and the sessions' locks.
	changed := func() (left []string) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		for range 20 {
			wg.Go(func() {
				var n string
				err := other.QueryRowContext(t.Context(), `SELECT coalesce(string_agg(name, ' '), '') || repeat(' lock', (
					SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory')) ||
					repeat(' statement', (SELECT count(*)::int FROM pg_prepared_statements))
					FROM pg_settings, pg_sleep(0.05) WHERE source = 'session' AND name NOT IN (
						'TimeZone', 'DateStyle', 'client_encoding', 'standard_conforming_strings', 'application_name')`).Scan(&n)
				mu.Lock()
				defer mu.Unlock()
				if assert.NoError(t, err) && n != "" {
					left = append(left, n)
				}
			})
		}
		wg.Wait()
		return left
	}
	var limit string
	require.NoError(t, other.QueryRowContext(t.Context(), "SHOW statement_timeout").Scan(&limit))
	require.Equal(t, "0", limit, "what the server has")
	require.Empty(t, changed())

	for _, attrs := range []string{"", "&target_session_attrs=read-write"} {
		db, err := database.Open(t.Context(), url+attrs, database.Options{MaxConns: 30, Unprepared: true})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, db.Close()) })
		require.NoError(t, db.Migrate(t.Context(), steps()))
		require.NoError(t, db.Ready(t.Context()))
		_, err = db.Write().Exec(t.Context(), "INSERT INTO cosas VALUES ($1, $2, 0, NULL) ON CONFLICT DO NOTHING", 1, "una")
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				assert.NoError(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
					_, err := tx.Exec(ctx, "UPDATE cosas SET cantidad = cantidad + $1 WHERE id = $2", 1, 1)
					return err
				}))
				var n int
				assert.NoError(t, db.Read().QueryRow(t.Context(), "SELECT id FROM cosas WHERE id = $1", 1).Scan(&n))
				_, err := db.Read().NewSelect().Table("cosas").Where("id = ?", 1).Exists(t.Context())
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		assert.Empty(t, changed())
	}
	// Connections that the pool opens from now on have the limits, whichever client they serve.
	statements(t, cluster.URL(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tienda'")
	require.Eventually(t, func() bool {
		return other.QueryRowContext(t.Context(), "SHOW statement_timeout").Scan(&limit) == nil
	}, 10*time.Second, 50*time.Millisecond)
	assert.Equal(t, "15s", limit)
}

// With prepared statements, the pool's next client gets an error, because its statement exists already or is missing. The error
// says what to change.
func TestPooler_loses_prepared_statements(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	bouncer := cluster.StartBouncer(t)
	var failed error
	for range 20 {
		db, err := database.Open(t.Context(), bouncer.Through(cluster, cluster.URL()), database.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, db.Close()) })
		var n int
		err = db.Read().QueryRow(t.Context(), "SELECT 1 + $1::int", 1).Scan(&n)
		if err != nil {
			failed = database.Fault(err)
		}
	}
	require.ErrorIs(t, failed, fault.ErrUnavailable)
	assert.ErrorContains(t, failed, "set DB_PREPARE=false")

	// The start of a service does not wait for it to pass.
	tries := 0
	err := database.RetryStep(t.Context(), slog.New(slog.DiscardHandler), func(context.Context) error {
		tries++
		return fmt.Errorf("step: %w", failed)
	})
	require.ErrorContains(t, err, "set DB_PREPARE=false")
	assert.Equal(t, 1, tries)
}

// The server keeps the time limits, and limits that an operator has set stay.
func TestPostgres_prepares_and_keeps_what_an_operator_has_set(t *testing.T) {
	t.Parallel()
	url := dbtest.Postgres(t)
	name := url[strings.LastIndex(url, "/")+1 : strings.Index(url, "?")]
	statements(t, url, "ALTER DATABASE "+name+" SET lock_timeout = '7s'")
	db, err := database.Open(t.Context(), url, database.Options{MaxConns: 1})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context(), steps()))
	for id := range 3 {
		require.NoError(t, exec(t.Context(), db, "UPDATE cosas SET nombre = $2 WHERE id = $1", id, "x"))
	}
	var prepared int
	require.NoError(t, db.Read().QueryRow(t.Context(), "SELECT count(*) FROM pg_prepared_statements").Scan(&prepared))
	assert.Equal(t, 1, prepared)
	for setting, want := range map[string]string{"lock_timeout": "7s", "statement_timeout": "15s"} {
		var got string
		require.NoError(t, db.Read().QueryRow(t.Context(), "SELECT current_setting($1)", setting).Scan(&got))
		assert.Equal(t, want, got, setting)
	}
}

// An error that waiting cannot mend is returned at once, with the server's own message and how to mend it.
func TestOpen_fails_at_once(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	bouncer := cluster.StartBouncer(t, "tienda", "ajeno", "fantasma", "lento")
	statements(t, cluster.URL(), "CREATE ROLE tienda LOGIN", "CREATE ROLE ajeno LOGIN", "CREATE ROLE lento LOGIN PASSWORD 'x'",
		"CREATE DATABASE cosas OWNER tienda", "CREATE DATABASE cerrada", "REVOKE CONNECT ON DATABASE cerrada FROM PUBLIC",
		"CREATE DATABASE de_nadie ALLOW_CONNECTIONS false")
	db := open(t, cluster.URL())
	var rules string
	require.NoError(t, db.Read().QueryRow(t.Context(), "SHOW hba_file").Scan(&rules))
	trust := "host all sin_regla 127.0.0.1/32 reject\nhost all postgres,tienda,ajeno 127.0.0.1/32 trust\n" +
		"host all all 127.0.0.1/32 scram-sha-256\n"
	require.NoError(t, os.WriteFile(rules, []byte(trust), 0o600))
	require.NoError(t, exec(t.Context(), db, "SELECT pg_reload_conf()"))
	stranger, err := sql.Open("pgx", as(cluster.URL(), "lento:hunter2", "cosas", ""))
	require.NoError(t, err)
	defer stranger.Close()
	require.Eventually(t, func() bool { // the server has read the file
		return stranger.PingContext(t.Context()) != nil
	}, 30*time.Second, 10*time.Millisecond)
	pooled := bouncer.Through(cluster, cluster.URL())
	const user, name, owner = "mend the user or the password", "make the database: CREATE DATABASE", "OWNER TO"
	const parameter, writes = "mend this parameter in the URL", "needs a server that takes writes"
	for url, want := range map[string]string{
		as(cluster.URL(), "lento:hunter2", "cosas", ""):                    user,
		as(cluster.URL(), "fantasma:hunter2", "cosas", ""):                 user,
		as(cluster.URL(), "tienda", "ninguna", ""):                         name,
		as(cluster.URL(), "ajeno", "cerrada", ""):                          owner,
		as(cluster.URL(), "ajeno", "cosas", ""):                            owner,
		as(pooled, "ajeno", "cosas", ""):                                   owner,
		as(pooled, "tienda", "cosas", "statement_timeout=3s&"):             "ignore_startup_parameters",
		as(pooled, "nadie", "cosas", ""):                                   user,
		as(pooled, "fantasma", "cosas", ""):                                user,
		as(pooled, "tienda", "ninguna", ""):                                name,
		as(cluster.URL(), "tienda", "cosas", "options=-c%20no_such%3D1&"):  parameter,
		as(cluster.URL(), "tienda", "cosas", "foo=bar&"):                   parameter,
		as(cluster.URL(), "tienda", "cosas", "statement_timeout=abc&"):     parameter,
		as(cluster.URL(), "tienda", "cosas", "timezone=Marte/Uno&"):        parameter,
		as(cluster.URL(), "tienda", "cosas", "shared_buffers=1GB&"):        parameter,
		as(cluster.URL(), "tienda", "cosas", "log_statement=all&"):         parameter,
		as(cluster.URL(), "tienda", "cosas", "search_path=ninguno&"):       "make the schema",
		as(cluster.URL(), "tienda", "cosas", "channel_binding=require&"):   "mend channel_binding",
		as(cluster.URL(), "tienda", "cosas", "require_auth=md5&"):          "require_auth",
		as(cluster.URL(), "tienda", "de_nadie", ""):                        "ALLOW_CONNECTIONS true",
		as(pooled, "tienda", "de_nadie", ""):                               "ALLOW_CONNECTIONS true",
		as(cluster.URL(), "sin_regla", "cosas", ""):                        "pg_hba.conf",
		strings.Replace(cluster.URL(), "=disable", "=require", 1):          "sslmode=disable",
		strings.Replace(cluster.URL(), "=disable", "=verify-full", 1):      "sslmode=disable",
		cluster.URL() + "&target_session_attrs=standby":                    writes,
		cluster.URL() + "&target_session_attrs=read-only":                  writes,
		cluster.URL() + "&target_session_attrs=prefer-standby":             writes,
		cluster.URL() + "&default_transaction_read_only=on":                "take it out",
		cluster.URL() + "&connect_timeout=pronto":                          "connect_timeout=5",
		strings.Replace(cluster.URL(), "sslmode=disable", "sslmode=no", 1): "cannot be read",
	} {
		var log lines
		begin := time.Now()
		options := database.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}
		_, _, err := database.OpenMigrated(t.Context(), url, options, steps())
		require.ErrorContains(t, err, want, url)
		assert.NotContains(t, err.Error(), "\n")
		assert.NotContains(t, fmt.Sprint(err, log.String()), "hunter2")
		assert.NotContains(t, log.String(), "waiting", url)
		assert.Less(t, time.Since(begin), 20*time.Second, url)
	}
}

// A server whose certificate this machine does not trust: the URL may name the authority.
func TestOpen_fails_at_once_for_a_certificate(t *testing.T) {
	t.Parallel()
	shop := httptest.NewTLSServer(nil) // for its certificate
	shop.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, listener.Close()) })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.ReadFull(conn, make([]byte, 8)) // SSLRequest
			_, _ = conn.Write([]byte("S"))
			_ = tls.Server(conn, &tls.Config{Certificates: shop.TLS.Certificates}).Handshake()
			_ = conn.Close()
		}
	}()
	_, err = database.Open(t.Context(), "postgres://u:hunter2@"+listener.Addr().String()+"/x?sslmode=verify-full",
		database.Options{Wait: time.Minute})
	require.ErrorContains(t, err, "set sslrootcert in the URL")
	assert.NotContains(t, err.Error(), "hunter2")
}

// A pooler whose server is down has its own message, and the start waits for it.
func TestOpen_waits_for_the_server_of_a_pooler(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t)
	bouncer := cluster.StartBouncer(t)
	require.NoError(t, cluster.Stop())
	var log lines
	opened := make(chan error, 1)
	go func() {
		db, err := database.Open(t.Context(), bouncer.Through(cluster, cluster.URL()), database.Options{
			Wait: time.Minute, Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err == nil {
			err = db.Close()
		}
		opened <- err
	}()
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "waiting for PostgreSQL") }, 30*time.Second,
		20*time.Millisecond)
	require.NoError(t, cluster.Start())
	require.NoError(t, <-opened)
}
