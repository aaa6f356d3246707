package service_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/service"
)

func TestCommand(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	var given []string
	p := service.Program{
		Service:  "prueba",
		Serve:    func(context.Context) error { return boom },
		Describe: func() *httpserver.Server { return httpserver.New(httpserver.Options{Title: "Prueba", Version: "1"}) },
		Commands: []service.Subcommand{{Words: "reset", Args: "NAME", Help: "forgets all about NAME",
			Run: func(_ context.Context, args []string) error {
				given = args
				return boom
			}}, {Words: "keys burn", Help: "burns the keys"}},
	}
	var out bytes.Buffer
	assert.ErrorIs(t, service.Command(p, nil, &out), boom)
	assert.Empty(t, out.String())
	require.NoError(t, service.Command(p, []string{"openapi"}, &out))
	assert.Contains(t, out.String(), "title: Prueba")
	for _, args := range [][]string{{"openap"}, {"openapi", "x"}, {"health", "x"}, {"reset"}, {"reset", "a", "b"}, {"--port", "1"}} {
		err := service.Command(p, args, &out)
		assert.ErrorIs(t, err, service.ErrUsage)
		assert.ErrorContains(t, err, "prueba reset NAME   forgets all about NAME")
	}
	for typed, want := range map[string]string{
		"reset":       `prueba: "reset" lacks a word: prueba reset NAME`,
		"reset a b":   `prueba: "reset a b" has too many words: prueba reset NAME`,
		"keys":        `prueba: "keys" lacks a word: prueba keys burn`,
		"keys burn x": `prueba: "keys burn x" has too many words: prueba keys burn`,
		"keys bur":    `prueba: there is no "keys bur"`,
		"openap":      `prueba: there is no "openap"`,
	} {
		err := service.Command(p, strings.Fields(typed), &out)
		require.Error(t, err)
		said, _, _ := strings.Cut(err.Error(), "\n")
		assert.Equal(t, want, said)
	}
	assert.ErrorIs(t, service.Command(p, []string{"reset", "ana"}, &out), boom)
	assert.Equal(t, []string{"ana"}, given)
	for _, help := range [][]string{{"help"}, {"--help"}, {"-h"}, {"reset", "--help"}, {"reset", "ana", "-help"}, {"openapi", "-h"},
		{"no", "--help"}} {
		out.Reset()
		require.NoError(t, service.Command(p, help, &out), help)
		for _, command := range []string{"prueba   ", "prueba openapi", "prueba health", "prueba help", "prueba reset NAME"} {
			assert.Contains(t, out.String(), command)
		}
	}
}

func TestCommand_health(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/health/ready", r.URL.Path)
		w.WriteHeader(status)
	}))
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	ask := func(address string) error {
		p := service.Program{Address: func() (string, error) { return address, nil }}
		return service.Command(p, []string{"health"}, nil)
	}
	for _, host := range []string{"127.0.0.1", "0.0.0.0", "::", ""} {
		assert.NoError(t, ask(net.JoinHostPort(host, port)), "listening on %q", host)
	}
	status = http.StatusServiceUnavailable
	assert.ErrorContains(t, ask("127.0.0.1:"+port), "503")
	server.Close()
	assert.Error(t, ask("127.0.0.1:"+port))
	assert.Error(t, ask("no address"))
	failing := service.Program{Address: func() (string, error) { return "", errors.New("PORT is no number") }}
	assert.EqualError(t, service.Command(failing, []string{"health"}, nil), "PORT is no number")
}
