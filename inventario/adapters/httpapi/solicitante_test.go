package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/inventario/domain"
)

func TestSolicitante(t *testing.T) {
	t.Parallel()
	for nombre, caso := range map[string]struct {
		caller authn.Caller
		quiere domain.Solicitante
		actor  string
	}{
		"usuario": {
			authn.Caller{Subject: "7", Audience: authn.UserAudience, Scopes: []string{"a"}},
			domain.Solicitante{UsuarioID: 7, Alcances: []string{"a"}, Peticion: "p-1"}, "7",
		},
		"servicio": {
			authn.Caller{Subject: "servicio:pedidos", Audience: "inventario", Scopes: []string{"b"}},
			domain.Solicitante{Servicio: "pedidos", Alcances: []string{"b"}, Peticion: "p-1"}, "servicio:pedidos",
		},
		"usuario_con_nombre_de_servicio": {
			authn.Caller{Subject: "servicio:pedidos", Audience: authn.UserAudience}, domain.Solicitante{Peticion: "p-1"}, "0",
		},
		"servicio_con_numero": {authn.Caller{Subject: "7", Audience: "inventario"}, domain.Solicitante{Peticion: "p-1"}, "0"},
	} {
		ctx := logging.WithRequest(authn.WithCaller(t.Context(), caso.caller), logging.Request{ID: "p-1"})
		assert.Equal(t, caso.quiere, solicitante(ctx), nombre)
		assert.Equal(t, domain.Causa{Actor: caso.actor, Peticion: "p-1"}, solicitante(ctx).Causa(time.Time{}), nombre)
	}
	assert.Zero(t, solicitante(t.Context()))
}
