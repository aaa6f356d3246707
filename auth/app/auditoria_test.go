package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// A guess is in the trail also when its client closes the connection after the check.
func TestServicio_el_rastro_no_espera_al_cliente(t *testing.T) {
	t.Parallel()
	e := nuevo(t)
	u := e.registrar(t, "ana")
	ctx, irse := context.WithCancel(t.Context())
	d := e.d
	d.Contrasenas = &espia{Contrasenas: e.claves.Contrasenas, comparado: irse}
	mala := app.Credenciales{NombreOEmail: "ana", Contrasena: "otra distinta", Direccion: "2001:db8::1", Red: "2001:db8::/64"}
	_, err := app.New(d).Entrar(ctx, mala)
	require.ErrorIs(t, err, domain.ErrCredenciales)
	hechos, err := e.almacen.Rastro(t.Context(), ports.FiltroRastro{Limite: 10})
	require.NoError(t, err)
	require.Len(t, hechos, 1)
	assert.Equal(t, u.ID(), hechos[0].UsuarioID)
	assert.Equal(t, "2001:db8::/64", hechos[0].Direccion, "one client may use any number of addresses of its /64")
}

// When the trail cannot be written, a wrong password still gets the same answer.
func TestServicio_sin_rastro_la_respuesta_es_la_misma(t *testing.T) {
	t.Parallel()
	e := nuevo(t)
	e.registrar(t, "ana")
	_, err := e.base.Write().Exec(t.Context(), "ALTER TABLE auditoria RENAME TO otra")
	require.NoError(t, err)
	_, err = e.Entrar(t.Context(), como("ana", "otra distinta"))
	require.ErrorIs(t, err, domain.ErrCredenciales)
}

func TestServicio_Limpiar_todos_los_lotes_del_rastro(t *testing.T) {
	t.Parallel()
	e := nuevo(t)
	_, err := e.base.Write().Exec(t.Context(), `INSERT INTO auditoria (tipo, cuando, actor_id, usuario_id, direccion, detalle, veces)
		WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2500)
		SELECT 'BLOQUEO', '2020-01-01 00:00:00+00:00', 0, n, '', '{}', 0 FROM c`)
	require.NoError(t, err)
	e.ahora = time.Now().UTC()
	require.NoError(t, e.Limpiar(t.Context()))
	hechos, err := e.almacen.Rastro(t.Context(), ports.FiltroRastro{Limite: 10})
	require.NoError(t, err)
	assert.Empty(t, hechos)
}
