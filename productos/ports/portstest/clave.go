package portstest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/productos/domain"
	"github.com/tienda-go/tienda/productos/ports"
)

// intento is another try of one request with an Idempotency-Key.
func intento(clave string) idempotency.Key {
	return idempotency.Of(idempotency.Request{Caller: "7", Method: "POST", Path: "/productos", Key: clave}.Try())
}

// unaVez checks that a change under a key is made once, and that a retry returns the product as the first try left it.
func unaVez(t *testing.T, a Almacen) {
	clave := intento("crear")
	creado, err := a.Crear(t.Context(), clave, producto(t, ficha("Taza")))
	require.NoError(t, err)
	otra := intento("archivar")
	archivar := func(p *domain.Producto) error { p.Archivar(instante.Add(time.Hour)); return nil }
	archivado, err := a.Actualizar(t.Context(), otra, creado.ID(), archivar)
	require.NoError(t, err)
	require.Equal(t, domain.Archivado, archivado.Ficha().Estado)
	_, err = a.Actualizar(t.Context(), idempotency.Key{}, creado.ID(), restaurar)
	require.NoError(t, err)

	repetido, err := a.Crear(t.Context(), clave, producto(t, ficha("Taza")))
	require.NoError(t, err)
	assert.Equal(t, creado, repetido)
	repetido, err = a.Actualizar(t.Context(), otra, creado.ID(), archivar)
	require.NoError(t, err)
	assert.Equal(t, archivado, repetido)
	_, err = a.Crear(t.Context(), intento("crear"), producto(t, ficha("Plato")))
	require.ErrorIs(t, err, idempotency.ErrInFlight, "this key says that the request has no earlier try")

	activos, err := a.Buscar(t.Context(), ports.Busqueda{Estado: domain.Activo, Limite: 10})
	require.NoError(t, err)
	assert.Equal(t, []int64{creado.ID()}, idsDe(activos), "one product, and it was archived once")
}
