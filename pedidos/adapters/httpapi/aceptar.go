package httpapi

import (
	"context"
	"net/http"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/pedidos/app"
	"github.com/tienda-go/tienda/pedidos/domain"
)

// Aceptacion is the body of POST /pedidos/{id}/aceptar.
type Aceptacion struct {
	Referencia string `json:"referencia,omitempty" minLength:"1" maxLength:"100" doc:"Cómo llama la tienda a este pedido, como el número del pago" example:"PAGO-2026-0017"`
}

type aceptarEntrada struct {
	rest.IdempotencyKey
	rest.IfMatch
	ID   int64       `path:"id" minimum:"1" example:"4"`
	Body *Aceptacion `required:"false"`
}

func (h handler) aceptar(ctx context.Context, quien domain.Solicitante, in *aceptarEntrada) (_ *pedidoSalida, err error) {
	comando := app.Aceptar{Clave: in.Key(), ID: in.ID, SiVersion: in.Versions()}
	if in.Body != nil && in.Body.Referencia != "" {
		if comando.Referencia, err = limpio("referencia", in.Body.Referencia); err != nil {
			return nil, err
		}
	}
	p, err := h.servicio.Aceptar(ctx, quien, comando)
	if err != nil {
		return nil, err
	}
	return salida(p, http.StatusOK), nil
}
