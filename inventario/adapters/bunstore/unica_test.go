package bunstore

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
)

// deVarias may make a reservation with lines that the domain refuses.
func deVarias(t *testing.T, n int64, lineas ...domain.Linea) *domain.Reserva {
	t.Helper()
	r, err := domain.RehidratarReserva(domain.RegistroReserva{
		ID: unaReserva(n, 1, "").ID(), Estado: domain.Activa, Lineas: lineas, CreadoEn: cuando, ActualizadoEn: cuando,
	})
	require.NoError(t, err)
	return r
}

func conProductos(t *testing.T, db *database.DB, unidades int64, productos ...int64) *Reservas {
	t.Helper()
	for _, id := range productos {
		nuevas, err := domain.NewExistencias(id, unidades, 0, cuando)
		require.NoError(t, err)
		require.NoError(t, NewExistencias(db).Alta(t.Context(), idempotency.Key{}, nuevas, quien))
	}
	return NewReservas(db)
}

// Each statement is a round trip to PostgreSQL, and each of these statements is also a commit.
func TestReservas_una_sentencia(t *testing.T) {
	t.Parallel()
	cluster := dbtest.StartCluster(t, dbtest.Counting...)
	db := abrir(t, cluster.URL())
	sentencias := dbtest.CountStatements(t, db, `select producto_id`)
	s := conProductos(t, db, 10, 1, 2)
	dos := func(una, otra int64) []domain.Linea {
		return []domain.Linea{{ProductoID: 1, Cantidad: una}, {ProductoID: 2, Cantidad: otra}}
	}
	reservar := func(r *domain.Reserva) func() error {
		return func() error { _, _, err := s.Reservar(t.Context(), r, quien); return err }
	}
	for _, c := range []struct {
		nombre string
		hacer  func() error
		falla  error
	}{
		{"una línea", reservar(unaReserva(1, 3, "")), nil},
		{"varias líneas", reservar(deVarias(t, 2, dos(3, 3)...)), nil},
		{"sin stock", reservar(unaReserva(3, 5, "")), domain.ErrStockInsuficiente},
		{"varias, una sin stock", reservar(deVarias(t, 4, dos(5, 1)...)), domain.ErrStockInsuficiente},
		{"liberar", func() error { _, err := s.Liberar(t.Context(), unaReserva(1, 3, "").ID(), quien); return err }, nil},
		{"consumir varias", func() error { _, err := s.Consumir(t.Context(), unaReserva(2, 3, "").ID(), quien); return err }, nil},
	} {
		antes := sentencias()
		require.ErrorIs(t, c.hacer(), c.falla, c.nombre)
		assert.Equal(t, 1, sentencias()-antes, c.nombre)
	}
	verificada, err := NewLibro(db).Verificar(t.Context())
	require.NoError(t, err)
	assert.Empty(t, verificada.Discrepancias)
}

// Another process changes what the statement has seen, while the statement waits for its lock: the transaction decides.
func TestReservas_cambia_mientras_espera(t *testing.T) {
	t.Parallel()
	vender := func(ctx context.Context, tx database.Writer, s *Reservas) error {
		_, _, err := s.aplicar(ctx, tx, []domain.Cambio{domain.NewCambio(domain.Salida, 2, 7)}, apunte{causa: quien})
		return err
	}
	dosLineas := []domain.Linea{{ProductoID: 1, Cantidad: 4}, {ProductoID: 2, Cantidad: 4}}
	for nombre, c := range map[string]struct {
		lineas []domain.Linea
		otra   func(ctx context.Context, tx database.Writer, s *Reservas) error
		falla  error
	}{
		"se_vende":                 {dosLineas[1:], vender, domain.ErrStockInsuficiente},
		"se_vende_de_varias":       {dosLineas, vender, domain.ErrStockInsuficiente},
		"se_cierra_el_id":          {dosLineas, cerrar, domain.ErrReservaTerminada},
		"se_reserva_lo_mismo":      {dosLineas[1:], reservarDe(dosLineas[1:]), nil},
		"se_reservan_otras_lineas": {dosLineas, reservarDe(dosLineas[1:]), domain.ErrReservaDistinta},
	} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			db := abrir(t, dbtest.Postgres(t))
			s := conProductos(t, db, 10, 1, 2)
			pedida, sale := deVarias(t, 1, c.lineas...), make(chan error, 1)
			require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
				err := c.otra(ctx, tx, s)
				go func() {
					_, _, err := s.Reservar(t.Context(), pedida, quien)
					sale <- err
				}()
				require.Eventually(t, func() bool {
					var n int
					err := db.Read().QueryRow(ctx, `SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN
						(SELECT pid FROM pg_stat_activity WHERE datname = current_database())`).Scan(&n)
					return assert.NoError(t, err) && n > 0
				}, time.Minute, 5*time.Millisecond)
				return err
			}))
			require.ErrorIs(t, <-sale, c.falla)
			verificada, err := NewLibro(db).Verificar(t.Context())
			require.NoError(t, err)
			assert.Empty(t, verificada.Discrepancias)
			e, err := NewExistencias(db).Obtener(t.Context(), 1)
			require.NoError(t, err)
			assert.Zero(t, e.Reservado(), "all lines or none")
		})
	}
}

func cerrar(ctx context.Context, tx database.Writer, _ *Reservas) error {
	_, err := insertarReserva(ctx, tx, domain.ReservaCerrada(unaReserva(1, 1, "").ID(), cuando))
	return err
}

func reservarDe(lineas []domain.Linea) func(context.Context, database.Writer, *Reservas) error {
	return func(ctx context.Context, tx database.Writer, s *Reservas) error {
		r, err := domain.RehidratarReserva(domain.RegistroReserva{
			ID: unaReserva(1, 1, "").ID(), Estado: domain.Activa, Lineas: lineas, CreadoEn: cuando, ActualizadoEn: cuando,
		})
		if err == nil {
			_, err = s.reservar(ctx, tx, r, deReserva(r, quien))
		}
		return err
	}
}
