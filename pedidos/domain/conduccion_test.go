package domain_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/pedidos/domain"
)

func TestRespuestaDe(t *testing.T) {
	t.Parallel()
	for want, errs := range map[domain.Respuesta][]error{
		domain.Confirmada:         {nil},
		domain.SinUnidades:        {&domain.SinStock{}},
		domain.ReservaTerminada:   {domain.ErrReservaTerminada.New("")},
		domain.ReservaDesconocida: {domain.ErrReservaNoExiste.New("")},
		domain.SinRespuesta: {
			fault.ErrUnavailable.New(""), fault.ErrDeadline.New(""), fault.ErrForbidden.New(""), errors.New("what is this"),
		},
	} {
		for _, err := range errs {
			assert.Equal(t, want, domain.RespuestaDe(err), "%v", err)
			if err != nil {
				assert.Equal(t, want, domain.RespuestaDe(fmt.Errorf("pedir: %w", err)), "%v", err)
			}
		}
	}
}

// TestSiguiente has every phase × key × answer.
func TestSiguiente(t *testing.T) {
	t.Parallel()
	const con, esp, rec, anu, aba = domain.Confirmar, domain.Esperar, domain.Rechazar, domain.Anular, domain.Abandonar
	const rco = domain.Reconocer
	type fila struct {
		fase     domain.Fase
		conClave bool
	}
	tabla := map[fila][]domain.Turno{ // in the order of domain.Respuestas
		{domain.FaseRecibido, false}:    {con, rec, anu, aba, aba},
		{domain.FaseRecibido, true}:     {con, rec, anu, esp, esp},
		{domain.FaseCancelando, false}:  {con, esp, rco, esp, esp},
		{domain.FaseCancelando, true}:   {con, esp, rco, esp, esp},
		{domain.FaseCompletando, false}: {con, esp, anu, anu, esp},
		{domain.FaseCompletando, true}:  {con, esp, anu, anu, esp},
	}
	for _, fase := range domain.Fases {
		for _, conClave := range []bool{false, true} {
			turnos, trabaja := tabla[fila{fase, conClave}]
			require.Equal(t, !fase.Reposo(), trabaja, fase)
			for i, respuesta := range domain.Respuestas {
				want := domain.Quedarse
				if trabaja {
					want = turnos[i]
				}
				assert.Equal(t, want, domain.Siguiente(fase, conClave, respuesta), "%s, key %t: %s", fase, conClave, respuesta)
			}
		}
	}
}

// TestPedido_Desenlace has every phase × reason × key that an order can have.
func TestPedido_Desenlace(t *testing.T) {
	t.Parallel()
	const creado, agotado, enMarcha, anulado, retirado = domain.Creado, domain.Agotado, domain.EnMarcha, domain.Anulado,
		domain.Retirado
	type fila struct {
		fase   domain.Fase
		motivo domain.Motivo
	}
	tabla := map[fila][2]domain.Desenlace{ // without a key, with one
		{domain.FaseRecibido, ""}:                      {anulado, enMarcha},
		{domain.FaseReservado, ""}:                     {creado, creado},
		{domain.FaseAceptado, ""}:                      {creado, creado},
		{domain.FaseCompletando, ""}:                   {creado, creado},
		{domain.FaseCompletado, ""}:                    {creado, creado},
		{domain.FaseCancelando, domain.MotivoSinStock}: {anulado, enMarcha},
		{domain.FaseCancelando, domain.MotivoSistema}:  {anulado, enMarcha},
		{domain.FaseCancelando, domain.MotivoUsuario}:  {retirado, enMarcha},
		{domain.FaseCancelando, domain.MotivoSoporte}:  {retirado, enMarcha},
		{domain.FaseCancelando, domain.MotivoExpirado}: {retirado, enMarcha},
		{domain.FaseCancelado, domain.MotivoSinStock}:  {agotado, agotado},
		{domain.FaseCancelado, domain.MotivoSistema}:   {anulado, retirado},
		{domain.FaseCancelado, domain.MotivoUsuario}:   {retirado, retirado},
		{domain.FaseCancelado, domain.MotivoSoporte}:   {retirado, retirado},
		{domain.FaseCancelado, domain.MotivoExpirado}:  {retirado, retirado},
	}
	for _, fase := range domain.Fases {
		motivos := []domain.Motivo{""}
		if fase.Estado() == domain.Cancelado || fase == domain.FaseCancelando {
			motivos = domain.Motivos
		}
		for _, motivo := range motivos {
			want, ok := tabla[fila{fase, motivo}]
			require.True(t, ok, "%s %s is not in the table", fase, motivo)
			for i, conClave := range []bool{false, true} {
				registro := en(t, fase).Registro()
				registro.Motivo, registro.ConClave = motivo, conClave
				p, err := domain.RehidratarPedido(registro)
				require.NoError(t, err)
				assert.Equal(t, want[i], p.Desenlace(), "%s %s, key %t", fase, motivo, conClave)
			}
		}
	}
}
