package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// conducir drives an order until it rests or must wait. Each turn makes the phase's step at inventario, and records what
// domain.Siguiente says about the answer. Every step can be repeated. causa is why the order waits; the order is returned as it
// is then, with the decisions that other requests made meanwhile.
func (s *Servicio) conducir(ctx context.Context, p *domain.Pedido) (_ *domain.Pedido, causa error) {
	for !p.Fase().Reposo() {
		respuesta := s.preguntar(ctx, p)
		turno := domain.Siguiente(p.Fase(), p.ConClave(), domain.RespuestaDe(respuesta))
		if turno == domain.Esperar || turno == domain.Abandonar {
			return s.posponer(ctx, p, respuesta), respuesta
		}
		primero := false // or another request, or the reconciler, was first
		anotado, err := s.continuar(ctx, p, func(actual *domain.Pedido) error {
			if primero = actual.Fase() == p.Fase(); !primero {
				return nil
			}
			return s.anotar(ctx, actual, turno, respuesta)
		})
		if err != nil {
			err = fmt.Errorf("anotar respuesta: %w", err)
			return s.posponer(ctx, p, err), err
		}
		switch {
		case primero && turno == domain.Anular:
			codigo := fault.From(respuesta).Kind.Reason()
			s.d.Log.ErrorContext(ctx, "reservation lost", "pedido_id", p.ID(), "fase", p.Fase(), "codigo", codigo)
		case primero && turno == domain.Reconocer:
			s.d.Log.ErrorContext(ctx, "order completed instead of cancelled: its units had left the shelf", "pedido_id", p.ID())
		}
		p = anotado
	}
	return p, nil
}

// preguntar makes the phase's step at inventario.
func (s *Servicio) preguntar(ctx context.Context, p *domain.Pedido) (err error) {
	switch p.Fase() {
	case domain.FaseRecibido:
		err = s.d.Reservas.Reservar(ctx, p.ReservaID(), p.ID(), p.Lineas())
	case domain.FaseCancelando:
		err = s.d.Reservas.Liberar(ctx, p.ReservaID())
	default:
		err = s.d.Reservas.Consumir(ctx, p.ReservaID())
	}
	if err != nil {
		return fmt.Errorf("pedir paso a inventario (%s): %w", p.Fase(), err)
	}
	return nil
}

// anotar records a turn after which the driver continues.
func (s *Servicio) anotar(ctx context.Context, p *domain.Pedido, turno domain.Turno, respuesta error) error {
	ahora, arriendo := s.d.Reloj(), s.arriendo(ctx)
	switch turno {
	case domain.Rechazar:
		// A PUT that timed out may still arrive and reserve units that were restocked meanwhile: then the id is closed before
		// the client gets the refusal (ADR 9).
		var sinStock *domain.SinStock
		errors.As(respuesta, &sinStock)
		return p.RechazarSinStock(sinStock.Faltas, sinStock.Repetida || p.ReservasPedidas() > 1, ahora, arriendo)
	case domain.Anular:
		p.Aplazar(respuesta.Error(), ahora, arriendo)
		return p.Cancelar(domain.Decision{Motivo: domain.MotivoSistema}, ahora, arriendo)
	case domain.Reconocer:
		return p.YaConsumido(ahora)
	default:
		return p.Confirmar(ahora)
	}
}

// posponer leaves an order to the reconciler, and returns it as it is then. It writes also after the request's deadline. When it
// cannot write, the reconciler takes the order at the end of its lease and decides the same, or finds it among the abandoned.
func (s *Servicio) posponer(ctx context.Context, p *domain.Pedido, causa error) *domain.Pedido {
	final, cancel := desligado(ctx)
	defer cancel()
	abandonar := domain.Siguiente(p.Fase(), p.ConClave(), domain.SinRespuesta) == domain.Abandonar
	pospuesto, err := s.continuar(final, p, func(actual *domain.Pedido) error {
		ahora := s.d.Reloj()
		if actual.Fase() == p.Fase() {
			actual.Aplazar(causa.Error(), ahora, ahora.Add(s.espera(actual.Intentos())))
		}
		if abandonar {
			return s.retirar(actual)
		}
		return nil
	})
	if err != nil {
		if abandonar {
			s.abandonar(ctx, p)
		}
		s.d.Log.WarnContext(ctx, "order left to the reconciler", "pedido_id", p.ID(), "error", err)
		return p
	}
	return pospuesto
}

// retirar cancels an order that its client hears, or has heard, is not kept. What staff has decided meanwhile stays.
func (s *Servicio) retirar(p *domain.Pedido) error {
	if p.Fase() != domain.FaseRecibido && p.Fase() != domain.FaseReservado {
		return nil
	}
	ahora := s.d.Reloj()
	return p.Cancelar(domain.Decision{Motivo: domain.MotivoSistema}, ahora, ahora)
}
