package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/logging"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// Movimientos returns rows of the ledger of a product, the newest first. domain.ErrInventarioNoExiste.
func (s *Servicio) Movimientos(ctx context.Context, filtro ports.FiltroLibro) ([]domain.Asiento, error) {
	asientos, err := s.d.Libro.Movimientos(ctx, filtro)
	if err != nil {
		return nil, fmt.Errorf("leer movimientos: %w", err)
	}
	if len(asientos) == 0 { // the product has no stock, or no older rows
		if _, err := s.Obtener(ctx, filtro.ProductoID); err != nil {
			return nil, err
		}
	}
	return asientos, nil
}

// En returns the stock of a product as it was at an instant.
// fault.ErrForbidden without inventario:leer, fault.ErrInvalid for the future, domain.ErrInventarioNoExiste.
func (s *Servicio) En(
	ctx context.Context, quien domain.Solicitante, productoID int64, instante time.Time,
) (*domain.Existencias, error) {
	if err := quien.PuedeLeer(); err != nil {
		return nil, fmt.Errorf("obtener existencias de un instante: %w", err)
	}
	if instante.After(s.d.Reloj()) {
		var mal fault.Fields
		mal.Add("en", "FUERA_DE_RANGO", "Use un instante que ya haya pasado.")
		return nil, mal.Err()
	}
	e, err := s.d.Libro.En(ctx, productoID, instante)
	if err != nil {
		return nil, fmt.Errorf("obtener existencias de un instante: %w", err)
	}
	return e, nil
}

// Verificar compares the ledger with stock and changes nothing. domain.ErrVerificacionEnCurso while there are more new rows than
// one call reads and no discrepancy was found: Vigilar reads the rest.
func (s *Servicio) Verificar(ctx context.Context) (domain.Verificacion, error) {
	v, err := s.d.Libro.Verificar(ctx)
	if err == nil && v.Pendientes && len(v.Discrepancias) == 0 {
		err = domain.ErrVerificacionEnCurso.
			New("Hay muchos movimientos sin repasar; se repasan en segundo plano. Repita la petición en unos segundos.").
			After(esperaPendientes)
	}
	s.medida.anotar(v, err, s.d.Reloj())
	if err != nil {
		return domain.Verificacion{}, fmt.Errorf("verificar libro: %w", err)
	}
	return v, nil
}

// VerificarDesdeCero requests a verification of the whole ledger, or finds the one in progress; Verificacion returns its result
// later.
func (s *Servicio) VerificarDesdeCero(ctx context.Context) (domain.DesdeCero, error) {
	d, err := s.d.Verificaciones.Pedir(ctx, s.d.Reloj())
	if err != nil {
		return d, fmt.Errorf("pedir verificación: %w", err)
	}
	return d, nil
}

// Verificacion returns the progress or the result of a verification of the whole ledger. domain.ErrVerificacionNoExiste.
func (s *Servicio) Verificacion(ctx context.Context, id int64) (domain.DesdeCero, error) {
	d, err := s.d.Verificaciones.Ver(ctx, id)
	if err != nil {
		return d, fmt.Errorf("leer verificación: %w", err)
	}
	return d, nil
}

const (
	// plazoVerificar is the time for one verification in the background.
	plazoVerificar = 30 * time.Second
	// esperaPendientes is when a client may ask again while there are too many new rows.
	esperaPendientes = 5 * time.Second
	// esperaFallo is the pause after a failed verification.
	esperaFallo = 30 * time.Second
	// esperaDesdeCero is the pause between two looks for a requested verification.
	esperaDesdeCero = 2 * time.Second
)

// Vigilar verifies at once and then periodically, until ctx ends. Every instance may run it.
func (s *Servicio) Vigilar(ctx context.Context, cada time.Duration, log *slog.Logger) {
	fallo := logging.Outage{Log: log, Fails: "ledger not verified", Works: "ledger verified again"}
	for ctx.Err() == nil {
		err := s.vigilar(ctx, log)
		if errors.Is(err, domain.ErrVerificacionEnCurso) {
			fallo.Saw(ctx, nil)
			continue // with the next part
		}
		fallo.Saw(ctx, err)
		if err != nil {
			esperar(ctx, min(cada, esperaFallo))
			continue
		}
		esperar(ctx, cada)
	}
}

func (s *Servicio) vigilar(ctx context.Context, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, plazoVerificar)
	defer cancel()
	v, err := s.Verificar(ctx)
	switch {
	case errors.Is(err, domain.ErrVerificacionEnCurso):
		log.DebugContext(ctx, "ledger being verified")
	case len(v.Discrepancias) > 0:
		log.ErrorContext(ctx, "the ledger does not agree with stock: see GET /inventario/verificacion",
			"discrepancias", len(v.Discrepancias), "primera", fmt.Sprintf("%+v", v.Discrepancias[0]))
	}
	return err
}

// Repasar makes the requested verifications of the whole ledger, step by step, until ctx ends. Every instance may run it: one at
// a time makes a step, and another instance repeats a step that was not finished.
func (s *Servicio) Repasar(ctx context.Context, log *slog.Logger) {
	fallo := logging.Outage{
		Log: log, Fails: "verification of the whole ledger stands still", Works: "verification of the whole ledger goes on",
	}
	for ctx.Err() == nil {
		hay, err := s.avanzar(ctx)
		fallo.Saw(ctx, err)
		if err != nil || !hay {
			esperar(ctx, esperaDesdeCero)
		}
	}
}

func (s *Servicio) avanzar(ctx context.Context) (hay bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, plazoVerificar)
	defer cancel()
	return s.d.Verificaciones.Avanzar(ctx, s.d.Reloj())
}

func esperar(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
