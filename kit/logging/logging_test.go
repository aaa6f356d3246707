package logging_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tienda-go/tienda/kit/logging"
)

// line is the one log line that write produces.
func line(t require.TestingT, write func(ctx context.Context, log *slog.Logger)) (map[string]any, string) {
	var out bytes.Buffer
	ctx := logging.WithRequest(context.Background(), logging.Request{ID: "r-1", TraceID: strings.Repeat("a", 32), SpanID: "b"})
	write(ctx, logging.New(&out, "prueba", slog.LevelDebug, []string{"actual", "nueva"}))
	text := out.String()
	require.Equal(t, 1, strings.Count(text, "\n"), text)
	require.True(t, strings.HasSuffix(text, "\n"))
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &got), text)
	return got, text
}

func TestNew(t *testing.T) {
	t.Parallel()
	t.Run("service_and_request_are_in_every_line", func(t *testing.T) {
		t.Parallel()
		got, _ := line(t, func(ctx context.Context, log *slog.Logger) { log.InfoContext(ctx, "hola", "n", 3) })
		assert.Equal(t, "hola", got["msg"])
		assert.Equal(t, "INFO", got["level"])
		assert.Equal(t, "prueba", got["service"])
		assert.Equal(t, "r-1", got["request_id"])
		assert.Equal(t, strings.Repeat("a", 32), got["trace_id"])
		assert.Equal(t, "b", got["span_id"])
		assert.EqualValues(t, 3, got["n"])
		assert.NotContains(t, got, "usuario")
		at, err := time.Parse(time.RFC3339Nano, got["time"].(string))
		require.NoError(t, err)
		assert.Equal(t, time.UTC, at.Location())
	})
	t.Run("the_user_set_further_in_shows_outside", func(t *testing.T) {
		t.Parallel()
		got, _ := line(t, func(ctx context.Context, log *slog.Logger) {
			inner, cancel := context.WithCancel(ctx)
			defer cancel()
			logging.SetUser(inner, "42")
			log.InfoContext(ctx, "fin")
		})
		assert.Equal(t, "42", got["usuario"])
	})
	t.Run("an_open_group_does_not_hide_the_request", func(t *testing.T) {
		t.Parallel()
		got, _ := line(t, func(ctx context.Context, log *slog.Logger) {
			log.With("a", 1).WithGroup("g").With("b", 2).InfoContext(ctx, "x", "c", 3)
		})
		assert.Equal(t, "r-1", got["request_id"])
		assert.EqualValues(t, 1, got["a"])
		assert.Equal(t, map[string]any{"b": 2.0, "c": 3.0}, got["g"])
	})
	t.Run("outside_of_a_request", func(t *testing.T) {
		t.Parallel()
		got, _ := line(t, func(_ context.Context, log *slog.Logger) { log.Info("x") })
		assert.NotContains(t, got, "request_id")
		assert.NotPanics(t, func() { logging.SetUser(context.Background(), "1") })
		assert.Zero(t, logging.RequestFrom(context.Background()))
	})
	t.Run("the_level_is_obeyed", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		logging.New(&out, "prueba", slog.LevelWarn, nil).Info("x")
		assert.Empty(t, out.String())
		logging.New(&out, "prueba", nil, nil).Debug("x")
		assert.Empty(t, out.String())
	})
}

func TestNew_any_input_is_one_JSON_line(t *testing.T) {
	t.Parallel()
	t.Run("control_characters_and_broken_UTF-8", func(t *testing.T) {
		t.Parallel()
		evil := "a\nb\r\n\x00\x1b[31m\u2028\xff\xfe\"}{"
		got, text := line(t, func(ctx context.Context, log *slog.Logger) {
			logging.SetUser(ctx, evil)
			log.InfoContext(ctx, evil, evil, evil, "err", errors.New(evil), "bytes", []byte(evil), "list", []string{evil})
		})
		assert.NotContains(t, text, "\x1b")
		assert.Contains(t, got["msg"], "a\nb\r\n")
	})
	t.Run("random_strings", rapid.MakeCheck(func(t *rapid.T) {
		key, value := rapid.String().Draw(t, "key"), string(rapid.SliceOf(rapid.Byte()).Draw(t, "value"))
		line(t, func(ctx context.Context, log *slog.Logger) {
			log.InfoContext(ctx, value, key, value, "error", errors.New(value))
		})
	}))
	t.Run("values_that_panic_or_do_not_marshal", func(t *testing.T) {
		t.Parallel()
		got, _ := line(t, func(ctx context.Context, log *slog.Logger) {
			log.InfoContext(ctx, "x", "nil", (*fragile)(nil), "chan", make(chan int), "nothing", nil)
		})
		assert.Contains(t, got["nil"], "!PANIC")
		assert.Nil(t, got["nothing"])
	})
}

type fragile struct{ text string }

func (f *fragile) Error() string { return f.text }

const canary = "CANARIO7f3a"

func TestRedaction_by_name(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"password", "Password", "contrasena", "contraseña", "secret", "token", "Authorization", "cookie",
		"Set-Cookie",
		"refresh_token", "access_token", "client_secret", "PEDIDOS_CLIENT_SECRET", "actual", "nueva", "secret_key", "api_key",
		"ADMIN_PASSWORD"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			got, text := line(t, func(ctx context.Context, log *slog.Logger) {
				log.WithGroup("g").InfoContext(ctx, "x", key, canary, slog.Group(key, "inside", canary), slog.Group("deep", key, canary),
					"map", map[string]any{"list": []any{map[string]any{key: canary}}}, "header", http.Header{key: {canary}})
			})
			assert.NotContains(t, text, canary)
			assert.Equal(t, "[redacted]", got["g"].(map[string]any)["deep"].(map[string]any)[key])
		})
	}
	_, text := line(t, func(ctx context.Context, log *slog.Logger) {
		log.InfoContext(ctx, "x", "cuerpo", struct {
			Usuario  string `json:"usuario"`
			Password string `json:"password"`
			Total    int64  `json:"total"`
		}{"ana", canary, 1 << 60})
	})
	assert.NotContains(t, text, canary)
	assert.Contains(t, text, `{"password":"[redacted]","total":1152921504606846976,"usuario":"ana"}`)
}

func TestRedaction_by_shape(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]string{
		"jwt":                 "token eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI" + canary + "." + canary + " was bad",
		"jwt_alone":           "eyJhbGciOiJFZERTQSJ9." + canary + "." + canary,
		"bearer":              "Authorization: Bearer " + canary,
		"bearer_lower":        "authorization: bearer\t" + canary,
		"basic":               "Basic " + canary + "==",
		"postgres_url":        "dial postgres://tienda:" + canary + "@db:5432/x: refused",
		"postgres_odd":        `"postgresql+asyncpg://tienda:p@/` + canary + `@db/x"`,
		"dsn":                 "host=db user=x password=" + canary + " dbname=y",
		"dsn_quoted":          "host=db password='a " + canary + "' dbname=y",
		"form":                "grant_type=refresh&refresh_token=" + canary + "&client_secret=" + canary,
		"json_body":           `body {"username":"ana","password": "a\"` + canary + `"}`,
		"json_body_cut_short": `body {"nueva":"` + canary,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, text := line(t, func(ctx context.Context, log *slog.Logger) {
				log.InfoContext(ctx, secret, "a", secret, "error", errors.New(secret), "bytes", []byte(secret), "list", []string{secret})
			})
			assert.NotContains(t, text, canary)
			assert.Contains(t, text, "[redacted]")
		})
	}
	for _, plain := range []string{
		"http://localhost:8000/.well-known/jwks.json", "sqlite:///tmp/data/pedidos.db", "pedido 12: 3 unidades", "/productos/{id}",
		"ana@tienda.es", "tokens=3 read", "12:30:05",
	} {
		got, _ := line(t, func(ctx context.Context, log *slog.Logger) { log.InfoContext(ctx, "x", "a", plain) })
		assert.Equal(t, plain, got["a"])
	}
}

func BenchmarkLog(b *testing.B) {
	log := logging.New(discard{}, "prueba", slog.LevelInfo, []string{"actual", "nueva"})
	ctx := logging.WithRequest(context.Background(), logging.NewRequest("", ""))
	for b.Loop() {
		log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("method", "GET"), slog.String("route", "/productos/{id}"),
			slog.String("path", "/productos/1"), slog.Int("status", 200), slog.Float64("duration_ms", 1.25))
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
