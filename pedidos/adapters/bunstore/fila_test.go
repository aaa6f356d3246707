package bunstore

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// A story that is empty is there; nil is the story of an order that was read without it, and must be read before it is written.
func TestFila_historia_vacia(t *testing.T) {
	t.Parallel()
	for _, pasos := range [][]domain.Paso{nil, {}} {
		raw, err := enJSON(pasos, aPasoFila)
		require.NoError(t, err)
		assert.Equal(t, "[]", raw)
	}
	assert.Nil(t, convertir[pasoFila](nil, pasoFila.aDominio))
	assert.NotNil(t, convertir([]pasoFila{}, pasoFila.aDominio))
}
