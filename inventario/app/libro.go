package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
	"github.com/tienda-go/tienda/kit/fault"
)

// Movimientos returns the ledger of a product, the newest first, as much as the filter's limit allows.
// domain.ErrInventarioNoExiste.
func (s *Servicio) Movimientos(ctx context.Context, filtro ports.FiltroLibro) ([]domain.Asiento, error) {
	asientos, err := s.libro.Movimientos(ctx, filtro)
	if err != nil {
		return nil, fmt.Errorf("leer movimientos: %w", err)
	}
	if len(asientos) == 0 { // of a product without stock, or past its first one
		if _, err := s.Obtener(ctx, filtro.ProductoID); err != nil {
			return nil, err
		}
	}
	return asientos, nil
}

// En returns the stock of a product as it was at an instant.
// fault.ErrForbidden without inventario:leer, fault.ErrInvalid for the future, domain.ErrInventarioNoExiste.
func (s *Servicio) En(ctx context.Context, quien domain.Solicitante, productoID int64, instante time.Time) (*domain.Existencias, error) {
	if err := quien.PuedeLeer(); err != nil {
		return nil, fmt.Errorf("obtener existencias de un instante: %w", err)
	}
	if instante.After(s.ahora()) {
		var mal fault.Fields
		mal.Add("en", "FUERA_DE_RANGO", "Use un instante que ya haya pasado.")
		return nil, mal.Err()
	}
	e, err := s.libro.En(ctx, productoID, instante)
	if err != nil {
		return nil, fmt.Errorf("obtener existencias de un instante: %w", err)
	}
	return e, nil
}

// Verificar compares the ledger with stock. It reports; mending is for people. While there are more new rows than one call reads
// and nothing was found, there is no result: they are read in the background.
// domain.ErrVerificacionEnCurso.
func (s *Servicio) Verificar(ctx context.Context) (domain.Verificacion, error) {
	v, err := s.libro.Verificar(ctx)
	if err == nil && v.Pendientes && len(v.Discrepancias) == 0 {
		err = domain.ErrVerificacionEnCurso.
			New("Hay muchos movimientos sin repasar; se repasan en segundo plano. Repita la petición en unos segundos.").
			After(esperaPendientes)
	}
	s.medida.anotar(v, err, s.ahora())
	if err != nil {
		return domain.Verificacion{}, fmt.Errorf("verificar libro: %w", err)
	}
	return v, nil
}

// VerificarDesdeCero asks for a verification of the whole ledger, or finds the one that is in progress; Verificacion tells its
// result later.
func (s *Servicio) VerificarDesdeCero(ctx context.Context) (domain.DesdeCero, error) {
	d, err := s.verificaciones.Pedir(ctx, s.ahora())
	if err != nil {
		return d, fmt.Errorf("pedir verificación: %w", err)
	}
	return d, nil
}

// Verificacion tells how far a verification of the whole ledger is, or what it found.
// domain.ErrVerificacionNoExiste.
func (s *Servicio) Verificacion(ctx context.Context, id int64) (domain.DesdeCero, error) {
	d, err := s.verificaciones.Ver(ctx, id)
	if err != nil {
		return d, fmt.Errorf("leer verificación: %w", err)
	}
	return d, nil
}

const (
	// plazoVerificar is for one verification in the background.
	plazoVerificar = 30 * time.Second
	// esperaPendientes is when there may be a result after the rows that were too many.
	esperaPendientes = 5 * time.Second
	// esperaFallo is when it is tried again after a failure.
	esperaFallo = 30 * time.Second
	// esperaDesdeCero is how often it is looked whether the whole ledger is to be verified.
	esperaDesdeCero = 2 * time.Second
)

// Vigilar verifies at once and then every so often, until ctx ends. Each instance may.
func (s *Servicio) Vigilar(ctx context.Context, cada time.Duration, log *slog.Logger) {
	for ctx.Err() == nil {
		err := s.vigilar(ctx, log)
		switch {
		case errors.Is(err, domain.ErrVerificacionEnCurso): // the next part
		case err != nil:
			esperar(ctx, min(cada, esperaFallo))
		default:
			esperar(ctx, cada)
		}
	}
}

func (s *Servicio) vigilar(ctx context.Context, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, plazoVerificar)
	defer cancel()
	v, err := s.Verificar(ctx)
	switch {
	case errors.Is(err, domain.ErrVerificacionEnCurso):
		log.DebugContext(ctx, "ledger being verified")
	case err != nil:
		log.WarnContext(ctx, "ledger not verified", "error", err)
	case len(v.Discrepancias) > 0:
		log.ErrorContext(ctx, "the ledger does not agree with stock: see GET /inventario/verificacion",
			"discrepancias", len(v.Discrepancias), "primera", fmt.Sprintf("%+v", v.Discrepancias[0]))
	}
	return err
}

// Repasar makes the verifications of the whole ledger that were asked for, step by step, until ctx ends. Each instance may: one
// at a time takes a step, and what one leaves unfinished another takes up.
func (s *Servicio) Repasar(ctx context.Context, log *slog.Logger) {
	for ctx.Err() == nil {
		hay, err := s.verificaciones.Avanzar(ctx, s.ahora())
		if err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "verification of the whole ledger stands still", "error", err)
		}
		if err != nil || !hay {
			esperar(ctx, esperaDesdeCero)
		}
	}
}

func esperar(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
