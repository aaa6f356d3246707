package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/fault"
)

// scopeLeer is what it takes to look into the past: the scope of the operation is that of the present.
const scopeLeer = "inventario:leer"

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
func (s *Servicio) En(ctx context.Context, quien authn.Caller, productoID int64, instante time.Time) (*domain.Existencias, error) {
	if !quien.Can(scopeLeer) {
		return nil, fault.ErrForbidden.New("Para ver el inventario de otro momento hace falta el permiso %s.", scopeLeer).Needs(scopeLeer)
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

// Verificar replays the ledger. It reports; mending is for people.
func (s *Servicio) Verificar(ctx context.Context) (domain.Verificacion, error) {
	v, err := s.libro.Verificar(ctx)
	if err != nil {
		return v, fmt.Errorf("verificar: %w", err)
	}
	s.ultima.Store(int64(len(v.Discrepancias)) + 1)
	return v, nil
}

// Discrepancias is how many the last verification found; ok is false before the first one.
func (s *Servicio) Discrepancias() (n int64, ok bool) {
	n = s.ultima.Load()
	return n - 1, n > 0
}

// plazoVerificar is for replaying the whole ledger in the background.
const plazoVerificar = 10 * time.Second

// Vigilar verifies at once and then every so often, until ctx ends. Each instance may: it only reads.
func (s *Servicio) Vigilar(ctx context.Context, cada time.Duration, log *slog.Logger) {
	ticker := time.NewTicker(cada)
	defer ticker.Stop()
	for {
		s.vigilar(ctx, log)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *Servicio) vigilar(ctx context.Context, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, plazoVerificar)
	defer cancel()
	v, err := s.Verificar(ctx)
	switch {
	case err != nil:
		log.WarnContext(ctx, "ledger not verified", "error", err)
	case len(v.Discrepancias) > 0:
		log.ErrorContext(ctx, "the ledger does not agree with stock: see GET /inventario/verificacion",
			"discrepancias", len(v.Discrepancias), "primera", fmt.Sprintf("%+v", v.Discrepancias[0]))
	}
}
