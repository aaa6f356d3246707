package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/pedidos/ports/portstest"
)

func TestMetricas(t *testing.T) {
	t.Parallel()
	s := nueva(t)
	require.Equal(t, 201, s.pedir(t, "ana", 1).status)
	require.Equal(t, 201, s.pedir(t, "ana", 1).status)
	s.reservas.Fallar(portstest.NoLlega)
	require.Equal(t, 202, s.llamar(t, "ana", "PATCH", "/pedidos/1", `{"estado":"CANCELADO"}`).status)
	_, err := s.db.Write().Exec(t.Context(),
		`UPDATE pedidos SET actualizado_en = '2026-01-01 00:00:00+00:00' WHERE fase = 'CANCELANDO'`)
	require.NoError(t, err)
	require.Equal(t, 200, s.llamar(t, "soporte", "PATCH", "/pedidos/2", `{"estado":"COMPLETADO"}`).status)
	require.Equal(t, 201, s.pedir(t, "ana", 1).status)
	s.reservas.Fallar(portstest.NoLlega)
	require.Equal(t, 202, s.llamar(t, "soporte", "POST", "/pedidos/2/devoluciones",
		`{"lineas":[{"producto_id":1,"cantidad":1}],"reponer":true}`).status)
	_, err = s.db.Write().Exec(t.Context(), `UPDATE devoluciones SET creado_en = '2026-01-01 00:00:00+00:00'`)
	require.NoError(t, err)
	metrics := s.llamar(t, "", "GET", "/metrics", "").raw
	for _, line := range []string{
		`pedidos_abiertos{fase="RESERVADO"} 1`, `pedidos_abiertos{fase="CANCELANDO"} 1`, `pedidos_abiertos{fase="RECIBIDO"} 0`,
		`pedidos_atascados{fase="CANCELANDO"} 1`, `pedidos_atascados{fase="RESERVADO"} 0`,
		`pedidos_abiertos{fase="DEVOLUCION"} 1`, `pedidos_atascados{fase="DEVOLUCION"} 1`,
	} {
		assert.Contains(t, metrics, line)
	}
	assert.NotContains(t, metrics, `fase="COMPLETADO"`)
}
