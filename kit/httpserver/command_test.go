package httpserver_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/httpserver"
)

func TestCommand(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	serve := func(context.Context) error { return boom }
	describe := func() *httpserver.Server { return httpserver.New(httpserver.Options{Title: "Prueba", Version: "1"}) }
	var out bytes.Buffer
	assert.ErrorIs(t, httpserver.Command("prueba", nil, &out, serve, describe), boom)
	assert.Empty(t, out.String())
	require.NoError(t, httpserver.Command("prueba", []string{"openapi"}, &out, serve, describe))
	assert.Contains(t, out.String(), "title: Prueba")
	for _, args := range [][]string{{"openap"}, {"openapi", "x"}, {"-h"}} {
		assert.ErrorContains(t, httpserver.Command("prueba", args, &out, serve, describe), "usage: prueba [openapi]")
	}
}
