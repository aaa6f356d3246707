package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/config"
)

// place is a configuration with rules of its own.
type place struct {
	config.Common
	Port    uint16             `env:"TIENDA_PORT" envDefault:"8000"`
	Metrics config.MetricsAddr `env:"TIENDA_METRICS_ADDR"`
	Peer    string             `env:"VECINO_SERVICE_URL" envDefault:"http://localhost:8001"`
	Key     config.Secret      `env:"TIENDA_SECRET"`
	Name    string             `env:"TIENDA_NAME"`
}

func (p place) Check() error {
	var errs []error
	if strings.Contains(p.Host, " ") {
		errs = append(errs, config.Wrong("HOST", "is said to be wrong twice"))
	}
	errs = append(errs, config.CheckSecret("TIENDA_SECRET", p.Key),
		p.CheckAddresses("TIENDA", p.Port, p.Common.Metrics(p.Metrics, 9000), map[string]string{"VECINO": p.Peer}))
	if p.Name == "nadie" {
		errs = append(errs, config.Wrong("TIENDA_NAME", "is reserved"))
	}
	return config.Join(errs...)
}

func TestLoad_names_everything_at_once(t *testing.T) {
	clean(t)
	for name, value := range map[string]string{
		"LOG_LEVEL": "loud", "HOST": "a b", "CORS_ORIGINS": "*", "TIENDA_METRICS_ADDR": "127.0.0.1:8000",
		"VECINO_SERVICE_URL": "http://127.0.0.1:8000", "TIENDA_SECRET": "corto-CANARIO", "TIENDA_NAME": "nadie",
		"RATE_LIMIT_PER_MINUTE": "-1",
	} {
		t.Setenv(name, value)
	}
	_, err := config.Load[place]()
	require.Error(t, err)
	lines := strings.Split(err.Error(), "\n")
	assert.Equal(t, "configuration: 8 variables are wrong:", lines[0])
	var named []string
	for _, line := range lines[1:] {
		named = append(named, strings.Fields(line)[0])
	}
	assert.Equal(t, []string{"CORS_ORIGINS", "HOST", "LOG_LEVEL", "RATE_LIMIT_PER_MINUTE", "TIENDA_METRICS_ADDR", "TIENDA_NAME",
		"TIENDA_SECRET", "VECINO_PORT"}, named,
		"one line each, in order")
	assert.Contains(t, err.Error(), "RATE_LIMIT_PER_MINUTE must be a whole number from 0 to 4294967295; correct it or unset it")
	assert.NotContains(t, err.Error(), "CANARIO")
}

func TestLoad_metrics_address(t *testing.T) {
	clean(t)
	for value, good := range map[string]bool{
		"": true, "off": true, "127.0.0.1:9000": true, "[::1]:9000": true, "localhost:9000": true, "0.0.0.0:9000": true,
		"9000": false, ":9000": false, "127.0.0.1": false, "127.0.0.1:0": false, "127.0.0.1:65536": false,
		"http://localhost:9000": false, "OFF": false, "a b:9000": false, "127.0.0.1:8000": false, "localhost:8000": false,
		"0.0.0.0:8000": false, "192.0.2.1:8000": true,
	} {
		t.Setenv("TIENDA_METRICS_ADDR", value)
		c, err := config.Load[place]()
		if good {
			require.NoError(t, err, value)
			assert.Equal(t, value, c.Common.Metrics(c.Metrics, 9000))
			continue
		}
		require.ErrorContains(t, err, "TIENDA_METRICS_ADDR", value)
	}
	production := config.Common{AppEnv: config.Production}
	assert.Equal(t, "127.0.0.1:9003", production.Metrics("", 9003))
	assert.Equal(t, "off", production.Metrics(config.MetricsOff, 9003))
}

func TestCheckAddresses(t *testing.T) {
	t.Parallel()
	c := config.Common{Host: "0.0.0.0"}
	for address, clash := range map[string]bool{
		"http://localhost:8000": true, "http://127.0.0.1:8000/": true, "http://[::1]:8000": true, "http://localhost:8001": false,
		"http://auth:8000": false, "https://localhost:8000": false,
	} {
		err := c.CheckAddresses("PEDIDOS", 8000, "", map[string]string{"AUTH": address})
		if !clash {
			require.NoError(t, err, address)
			continue
		}
		var e *config.Error
		require.True(t, errors.As(err, &e), address)
		assert.Equal(t, "AUTH_PORT", e.Problems[0].Variable)
		assert.Contains(t, e.Problems[0].Reason, "PEDIDOS_PORT")
	}
}

func TestLoad_host(t *testing.T) {
	clean(t)
	for host, good := range map[string]bool{"0.0.0.0": true, "::": true, "tienda-1.local": true, "127.0.0.1:80": false, "a b": false,
		"http://x": false} {
		t.Setenv("HOST", host)
		_, err := config.Load[place]()
		if good {
			require.NoError(t, err, host)
		} else {
			require.ErrorContains(t, err, "HOST", host)
		}
	}
}

func TestLoad_values_that_a_parser_takes_and_no_start_can_use(t *testing.T) {
	for variable, values := range map[string][]string{
		"LOG_LEVEL":          {"info+3", "debug-1"},
		"VECINO_SERVICE_URL": {"http://localhost:99999", "http://localhost:", "http://localhost:0"},
	} {
		for _, value := range values {
			clean(t)
			t.Setenv(variable, value)
			_, err := config.Load[place]()
			require.ErrorContains(t, err, variable+" must be ", value)
			t.Setenv(variable, "")
		}
	}
}
