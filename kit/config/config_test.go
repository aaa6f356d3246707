package config_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/config"
)

type service struct {
	config.Common
	Port    uint16        `env:"X_PORT" envDefault:"8001"`
	BaseURL string        `env:"X_DB_URL"`
	AuthURL string        `env:"AUTH_SERVICE_URL" envDefault:"http://localhost:8000"`
	PeerURL string        `env:"PEER_SERVICE_URL"`
	Minutes uint32        `env:"X_MINUTES" envDefault:"15"`
	Delta   int8          `env:"X_DELTA"`
	Wait    time.Duration `env:"X_WAIT" envDefault:"2s"`
	Loud    bool          `env:"X_LOUD"`
	Secret  config.Secret `env:"X_CLIENT_SECRET"`
	Admin   config.Secret `env:"X_ADMIN_PASSWORD"`
}

const strong = config.Secret("q3Jc0m2ZVt8rWnLk5yHhBdXs1uEfGa7PoIvTzNx4KwM")

// clean is a working directory without .env and an environment without the variables that the tests set.
func clean(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range []string{"APP_ENV", "HOST", "DATA_DIR", "LOG_LEVEL", "AUTH_SERVICE_URL"} {
		t.Setenv(name, "")
	}
}

func TestLoad(t *testing.T) {
	t.Run("defaults", func(t *testing.T) {
		clean(t)
		c, err := config.Load[service]()
		require.NoError(t, err)
		assert.Equal(t, service{
			Common: config.Common{AppEnv: config.Development, Host: "127.0.0.1", DataDir: "./data", DBConns: 16, Prepare: true,
				LogLevel: slog.LevelInfo, ProxyHeader: config.XForwardedFor,
				MaxConnections: 4096, MaxPerAddress: 512, IdleTimeout: 75 * time.Second},
			Port: 8001, AuthURL: "http://localhost:8000", Minutes: 15, Wait: 2 * time.Second,
		}, c)
		assert.False(t, c.Production())
	})
	t.Run("the_environment_wins_over_the_file_and_empty_is_unset", func(t *testing.T) {
		clean(t)
		write(t, "\ufeffX_PORT=9001 # a comment\r\nX_MINUTES='20'\nexport LOG_LEVEL=debug\nX_DELTA=\nX_WAIT=1m\n")
		t.Setenv("X_PORT", "9002")
		t.Setenv("X_WAIT", "")
		c, err := config.Load[service]()
		require.NoError(t, err)
		assert.EqualValues(t, 9002, c.Port)
		assert.EqualValues(t, 20, c.Minutes)
		assert.Equal(t, slog.LevelDebug, c.LogLevel)
		assert.Equal(t, time.Minute, c.Wait)
		_, leaked := os.LookupEnv("X_MINUTES")
		assert.False(t, leaked, "the file must not change the process environment")
	})
	t.Run("every_wrong_variable_is_named_with_what_would_be_right", func(t *testing.T) {
		clean(t)
		const canary = "CANARY"
		for _, name := range []string{"APP_ENV", "LOG_LEVEL", "X_PORT", "AUTH_SERVICE_URL", "X_MINUTES", "X_DELTA",
			"X_WAIT", "X_LOUD"} {
			t.Setenv(name, canary)
		}
		c, err := config.Load[service]()
		require.Error(t, err)
		assert.Zero(t, c)
		for _, want := range []string{
			"8 variables are wrong",
			"APP_ENV must be development or production; correct it, or unset it to get development",
			"LOG_LEVEL must be debug, info, warn or error; correct it, or unset it to get info",
			"X_PORT must be a port, a whole number from 1 to 65535; correct it, or unset it to get 8001",
			"AUTH_SERVICE_URL must be an address such as http://localhost:8000",
			"X_MINUTES must be a whole number from 0 to 4294967295; correct it, or unset it to get 15",
			"X_DELTA must be a whole number from -128 to 127; correct it or unset it",
			"X_WAIT must be a duration such as 500ms or 2s",
			"X_LOUD must be true or false; correct it or unset it",
		} {
			assert.Contains(t, err.Error(), want)
		}
		assert.NotContains(t, err.Error(), canary)
	})
	for _, wrong := range []struct{ name, value string }{
		{"X_PORT", "0"}, {"X_PORT", "65536"}, {"X_PORT", "-1"}, {"X_PORT", "80 80"},
		{"APP_ENV", "Production"}, {"APP_ENV", "prod"},
		{"AUTH_SERVICE_URL", "localhost:8000"}, {"AUTH_SERVICE_URL", "ftp://x"}, {"AUTH_SERVICE_URL", "http://"},
		{"AUTH_SERVICE_URL", "http://u:p@x"}, {"AUTH_SERVICE_URL", "http://x/?a=b"}, {"AUTH_SERVICE_URL", "http://x/#"},
	} {
		t.Run("wrong_"+wrong.name+"_"+strings.ReplaceAll(wrong.value, "/", "|"), func(t *testing.T) {
			clean(t)
			t.Setenv(wrong.name, wrong.value)
			_, err := config.Load[service]()
			var e *config.Error
			require.ErrorAs(t, err, &e)
			require.Len(t, e.Problems, 1)
			assert.Equal(t, wrong.name, e.Problems[0].Variable)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
	t.Run("a_broken_file_is_named_by_line_and_not_quoted", func(t *testing.T) {
		clean(t)
		write(t, "X_PORT=9001\nX_DB_URL=\"a\nb\"\nthis is CANARY\nX_MINUTES=3\n")
		_, err := config.Load[service]()
		require.ErrorContains(t, err, ".env, line 4")
		assert.NotContains(t, err.Error(), "CANARY")
	})
	t.Run("production_names_every_missing_or_sample_secret_at_once", func(t *testing.T) {
		clean(t)
		t.Setenv("APP_ENV", "production")
		t.Setenv("X_PORT", "no")
		_, err := config.Load[service]()
		require.ErrorContains(t, err, "X_CLIENT_SECRET is not set, and production generates no secrets")
		require.ErrorContains(t, err, "X_PORT must be")
		assert.NotContains(t, err.Error(), "X_ADMIN_PASSWORD")

		t.Setenv("X_PORT", "")
		t.Setenv("X_CLIENT_SECRET", strong.Reveal())
		c, err := config.Load[service]()
		require.NoError(t, err)
		assert.True(t, c.Production())
	})
}

func write(t *testing.T, dotenv string) {
	t.Helper()
	require.NoError(t, os.WriteFile(".env", []byte(dotenv), 0o600))
}

func TestCommon_DatabaseURL(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := config.Common{DataDir: filepath.Join(dir, "a", "..", "my data")}
	assert.Equal(t, "postgres://x/y", c.DatabaseURL("postgres://x/y", "pedidos"))
	assert.Equal(t, "sqlite://"+dir+"/my data/pedidos.db", c.DatabaseURL("", "pedidos"))

	here, err := os.Getwd()
	require.NoError(t, err)
	assert.Equal(t, "sqlite://"+here+"/data/pedidos.db", config.Common{DataDir: "./data"}.DatabaseURL("", "pedidos"))
}

func TestJoin(t *testing.T) {
	t.Parallel()
	_, b := config.Common{AppEnv: config.Production}.Secret("B_SECRET", "", nil)
	_, a := config.Common{AppEnv: config.Production}.Secret("A_SECRET", "short", nil)
	other := errors.New("other")
	err := config.Join(nil, b, other, a)
	require.ErrorIs(t, err, other)
	assert.Regexp(t, `(?s)other.*2 variables are wrong:.*A_SECRET.*B_SECRET`, err.Error())
	assert.NoError(t, config.Join(nil, nil))
}

func TestLoad_networks_and_origins(t *testing.T) {
	clean(t)
	t.Setenv("TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8,::ffff:192.168.0.0/112")
	t.Setenv("TRUSTED_PROXY_HEADER", "forwarded")
	t.Setenv("CORS_ORIGINS", "https://tienda.example, http://localhost:3000")
	c, err := config.Load[service]()
	require.NoError(t, err)
	var networks []string
	for _, n := range c.TrustedProxies {
		networks = append(networks, n.String())
	}
	assert.Equal(t, []string{"10.0.0.0/8", "fd00::/8", "192.168.0.0/16"}, networks)
	assert.Equal(t, config.Forwarded, c.ProxyHeader)
	assert.Equal(t, []config.Origin{"https://tienda.example", "http://localhost:3000"}, c.Origins)

	t.Setenv("TRUSTED_PROXY_HEADER", "X-Real-IP")
	for _, origin := range []string{"*", "https://*.tienda.example", "tienda.example", "https://tienda.example/", "null",
		"HTTPS://tienda.example"} {
		for _, network := range []string{"10.0.0.1", "10.0.0.0/33", "proxy"} {
			t.Setenv("CORS_ORIGINS", "https://tienda.example,"+origin)
			t.Setenv("TRUSTED_PROXIES", "10.0.0.0/8,"+network)
			_, err = config.Load[service]()
			for _, name := range []string{"CORS_ORIGINS", "TRUSTED_PROXIES", "TRUSTED_PROXY_HEADER"} {
				require.ErrorContains(t, err, name, "%s %s", origin, network)
			}
		}
	}
}

// Values of the right form that can never match, or that trust everything, stop the start; the error has the mend.
func TestLoad_networks_and_origins_that_do_nothing_or_harm(t *testing.T) {
	for variable, values := range map[string]map[string]string{
		"TRUSTED_PROXIES": {
			"0.0.0.0/0": "all addresses", "::/0": "all addresses", "10.0.0.0/8,::/0": "all addresses",
			"::ffff:0.0.0.0/96": "all addresses",
			"10.0.0.1/8":        "write the network, 10.0.0.0/8, or the one address, 10.0.0.1/32", "fd00::1/8": "fd00::/8, or",
			"::ffff:10.0.0.1/104": "10.0.0.0/8", "::ffff:10.0.0.0/64": "write the network",
		},
		"CORS_ORIGINS": {
			"https://münchen.example": "xn--", "https://tienda.example,https://tïenda.example": "xn--", "http://localhost:03000": "zero",
			"http://[0:0::1]:3000": "::1", "http://[::ffff:10.0.0.1]": "::ffff:a00:1", "http://127.1:3000": "four numbers",
			"http://127.0.0.01": "four numbers",
		},
	} {
		for value, want := range values {
			clean(t)
			t.Setenv(variable, value)
			_, err := config.Load[service]()
			require.ErrorContains(t, err, variable, value)
			require.ErrorContains(t, err, want, value)
			require.ErrorContains(t, err, "; correct it or unset it", value)
			t.Setenv(variable, "")
		}
	}
	clean(t)
	t.Setenv("TRUSTED_PROXIES", "127.0.0.1/32,::1/128,0.0.0.0/1")
	t.Setenv("CORS_ORIGINS",
		"https://xn--mnchen-3ya.example,http://[::1]:3000,http://127.0.0.1:3000,http://[::ffff:a00:1],https://a.1b")
	_, err := config.Load[service]()
	require.NoError(t, err)
}
