package service_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/service"
)

// configuration is that of a service named prueba.
type configuration struct {
	service.Config
	Port     uint16             `env:"PRUEBA_PORT" envDefault:"8009"`
	Metrics  config.MetricsAddr `env:"PRUEBA_METRICS_ADDR"`
	Database string             `env:"PRUEBA_DB_URL"`
	Secret   config.Secret      `env:"PRUEBA_CLIENT_SECRET"`
}

func (c configuration) Settings() service.Settings {
	return service.Settings{
		Config: c.Config, Service: "prueba", Port: c.Port, Database: c.Database, ClientSecret: c.Secret, MetricsAddr: c.Metrics,
		MetricsPort: 9009, Peers: map[string]string{"AUTH": c.AuthURL},
	}
}

func (c configuration) Check() error { return c.Settings().Check() }

var silent = slog.New(slog.DiscardHandler)

// clean is a working directory without .env and an environment without the variables of configuration, except these.
func clean(t *testing.T, variables map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range []string{
		"APP_ENV", "HOST", "DATA_DIR", "AUTH_PORT", "AUTH_SERVICE_URL", "AUTH_ISSUER", "CORS_ORIGINS", "PRUEBA_PORT",
		"PRUEBA_METRICS_ADDR", "PRUEBA_DB_URL", "PRUEBA_CLIENT_SECRET",
	} {
		t.Setenv(name, variables[name])
	}
}

func TestSettings(t *testing.T) {
	clean(t, map[string]string{"AUTH_PORT": "8765", "HOST": "::1"})
	c, err := config.Load[configuration]()
	require.NoError(t, err)
	assert.Equal(t, "[::1]:8009", c.Settings().Address())
	assert.Equal(t, "http://localhost:8765", c.TokenIssuer(), "auth's address follows its port")
	t.Setenv("AUTH_ISSUER", "https://tienda.example")
	c, err = config.Load[configuration]()
	require.NoError(t, err)
	assert.Equal(t, "https://tienda.example", c.TokenIssuer())
}

func TestSettings_Check_names_every_variable_at_once(t *testing.T) {
	clean(t, map[string]string{
		"AUTH_PORT": "8009", "PRUEBA_METRICS_ADDR": "127.0.0.1:8009", "PRUEBA_DB_URL": "mysql://CANARIO@localhost",
		"PRUEBA_CLIENT_SECRET": "corto-CANARIO", "CORS_ORIGINS": "*",
	})
	_, err := config.Load[configuration]()
	var e *config.Error
	require.ErrorAs(t, err, &e)
	var named []string
	for _, p := range e.Problems {
		named = append(named, p.Variable)
	}
	assert.Equal(t, []string{"AUTH_PORT", "CORS_ORIGINS", "PRUEBA_CLIENT_SECRET", "PRUEBA_DB_URL", "PRUEBA_METRICS_ADDR"}, named)
	assert.NotContains(t, err.Error(), "CANARIO")
}

// TestSettings_Check_the_folder: without an address of the database it is DATA_DIR that is wrong.
func TestSettings_Check_the_folder(t *testing.T) {
	clean(t, map[string]string{"DATA_DIR": "/proc/nada"})
	_, err := config.Load[configuration]()
	require.ErrorContains(t, err, "DATA_DIR cannot be written")
	assert.NotContains(t, err.Error(), "PRUEBA_DB_URL")
	t.Setenv("PRUEBA_DB_URL", "postgres://u:p@192.0.2.1/x")
	_, err = config.Load[configuration]()
	require.ErrorContains(t, err, "DATA_DIR cannot be written", "a generated secret is kept there")
	t.Setenv("PRUEBA_CLIENT_SECRET", "q3Jc0m2ZVt8rWnLk5yHhBdXs1uEfGa7PoIvTzNx4KwM")
	_, err = config.Load[configuration]()
	require.NoError(t, err, "nothing is kept there")
}

func TestNewAuth_production_generates_no_secret(t *testing.T) {
	t.Parallel()
	s := configuration{Config: service.Config{Common: config.Common{AppEnv: config.Production}}}.Settings()
	_, err := service.NewAuth(s, silent)
	require.ErrorContains(t, err, "PRUEBA_CLIENT_SECRET is not set")
}

// TestNewAuth_production_knows_the_shops_samples: both Load and Secret refuse them.
func TestNewAuth_production_knows_the_shops_samples(t *testing.T) {
	for _, word := range (service.Config{}).SampleWords() {
		sample := "secret-password-for-" + word + "-in-production-0123"
		clean(t, map[string]string{"APP_ENV": "production", "PRUEBA_CLIENT_SECRET": sample})
		_, err := config.Load[configuration]()
		require.ErrorContains(t, err, "PRUEBA_CLIENT_SECRET is a sample", sample)
		production := service.Config{Common: config.Common{AppEnv: config.Production}}
		_, err = service.NewAuth(configuration{Config: production, Secret: config.Secret(sample)}.Settings(), silent)
		require.ErrorContains(t, err, "PRUEBA_CLIENT_SECRET is a sample", sample)
	}
}

// TestRevocations: the service reads what auth writes, and keeps it in a file in the same form.
func TestRevocations(t *testing.T) {
	t.Parallel()
	const page = `{"sesiones":["s1"],"usuarios":[{"id":7,"desde":"2026-01-31T12:00:00Z"}]}`
	list, err := service.Revocations.Read([]byte(page))
	require.NoError(t, err)
	assert.Equal(t, []string{"s1"}, list.Sessions)
	require.Len(t, list.Users, 1)
	assert.Equal(t, int64(7), list.Users[0].ID)
	assert.Equal(t, time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), list.Users[0].Since)
	kept, err := service.Revocations.Write(list)
	require.NoError(t, err)
	assert.JSONEq(t, page, string(kept))
}

func TestOpenDatabase_names_the_variable(t *testing.T) {
	t.Parallel()
	dir := service.Config{Common: config.Common{DataDir: t.TempDir()}}
	wrong := configuration{Database: "mysql://CANARIO@localhost"}.Settings()
	_, _, err := service.OpenDatabase(t.Context(), wrong, silent, migrations())
	require.ErrorContains(t, err, "PRUEBA_DB_URL: ")
	assert.NotContains(t, err.Error(), "CANARIO")

	var opened *database.DB
	_, _, err = service.OpenDatabase(t.Context(), configuration{Config: dir}.Settings(), silent, migrations(),
		func(ctx context.Context, db *database.DB) error {
			opened = db
			assert.NoError(t, db.Ready(ctx), "the schema is up to date")
			return errors.New("boom")
		})
	require.EqualError(t, err, "DATA_DIR: boom", "where the database is")
	assert.Error(t, opened.Ready(context.Background()), "closed")
}

func migrations() fstest.MapFS {
	step := &fstest.MapFile{Data: []byte("CREATE TABLE t (id integer)")}
	return fstest.MapFS{"sqlite/0001_t.sql": step, "postgres/0001_t.sql": step}
}

// TestOptions: what the environment sets reaches the server.
func TestOptions(t *testing.T) {
	t.Parallel()
	c := config.Common{
		AppEnv: config.Production, DataDir: t.TempDir(), RateLimit: new(uint32(7)), Origins: []config.Origin{"https://tienda.example"},
		TrustedProxies: []config.Network{{Prefix: netip.MustParsePrefix("10.0.0.0/8")}}, ProxyHeader: config.Forwarded,
		MaxConnections: 3, MaxPerAddress: 2, IdleTimeout: time.Minute,
	}
	s := configuration{Config: service.Config{Common: c}, Secret: "q3Jc0m2ZVt8rWnLk5yHhBdXs1uEfGa7PoIvTzNx4KwM"}.Settings()
	db, closeDB, err := service.OpenDatabase(t.Context(), s, silent, migrations())
	require.NoError(t, err)
	defer closeDB()
	auth, err := service.NewAuth(s, silent)
	require.NoError(t, err)
	o := service.Options(s, silent, nil, db, auth)
	assert.Equal(t, []string{"https://tienda.example"}, o.Origins)
	assert.Equal(t, c.TrustedProxies, o.TrustedProxies)
	assert.Equal(t, []any{7, true, config.Forwarded, 3, 2, time.Minute, "127.0.0.1:9009"},
		[]any{o.PerMinute, o.Production, o.ProxyHeader, o.MaxConnections, o.MaxPerAddress, o.IdleTimeout, o.MetricsAddr})
	var checks []string
	for _, check := range o.Ready {
		checks = append(checks, check.Name)
	}
	assert.Equal(t, []string{"base de datos", "claves de auth"}, checks)

	local := service.Options(s, silent, nil, db, service.LocalAuth(s, nil, nil, silent))
	assert.Len(t, local.Ready, 1, "auth does not wait for itself")
}

func TestClock(t *testing.T) {
	t.Parallel()
	now := service.Clock()()
	assert.Equal(t, time.UTC, now.Location())
	assert.Zero(t, now.Nanosecond()%1000)
}

// What runs beside the server ends before the database closes, also when the server fails.
func TestNew_tasks_end_before_the_database_closes(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	clean(t, map[string]string{"PRUEBA_PORT": port})

	var ends []string
	program := service.New(func(_ context.Context, c configuration, log *slog.Logger) (*service.Running, func(), error) {
		noRevocations := func(context.Context, string) ([]byte, string, error) {
			return []byte(`{"sesiones":[],"usuarios":[]}`), "", nil
		}
		started := make(chan struct{})
		return &service.Running{
			Server: httpserver.New(httpserver.Options{Service: "prueba", Title: "Prueba", Version: "1", Log: log}),
			Auth:   service.LocalAuth(c.Settings(), keys{}, noRevocations, log),
			Jobs: []service.Job{
				{Name: "boom", Do: func(context.Context) error { return errors.New("boom") }},
				{Name: "start", Do: func(context.Context) error { close(started); return nil }},
			},
			Tasks: []func(context.Context){func(ctx context.Context) {
				<-started
				<-ctx.Done()
				time.Sleep(50 * time.Millisecond) // work that the end of ctx interrupts
				ends = append(ends, "task")
			}},
		}, func() { ends = append(ends, "database") }, nil
	}, nil)
	assert.Equal(t, "prueba", program.Service)
	address, err := program.Address()
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:"+port, address)

	require.Error(t, service.Command(program, nil, io.Discard), "the port is taken")
	assert.Equal(t, []string{"task", "database"}, ends)

	ends = nil
	require.NoError(t, taken.Close())
	ctx, stop := context.WithCancel(t.Context())
	stop()
	require.NoError(t, program.Serve(ctx))
	assert.Equal(t, []string{"task", "database"}, ends)
}

type keys struct{ authn.Keys }

func TestNew_configuration_error(t *testing.T) {
	clean(t, map[string]string{"PRUEBA_PORT": "0"})
	program := service.New(func(context.Context, configuration, *slog.Logger) (*service.Running, func(), error) {
		t.Error("started with a wrong configuration")
		return nil, nil, fault.ErrInternal
	}, nil)
	for _, args := range [][]string{nil, {"health"}} {
		err := service.Command(program, args, &strings.Builder{})
		require.ErrorContains(t, err, "PRUEBA_PORT must be a port")
	}
}
