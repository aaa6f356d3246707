package app_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/inventario/adapters/bunstore"
	"github.com/tienda-go/tienda/inventario/app"
	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
	"github.com/tienda-go/tienda/inventario/ports/portstest"
)

const id = "0D9F6F0E-4c1b-4f4e-9f7a-2b8f3f1c5a10"

var (
	instante = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	almacen  = domain.Solicitante{UsuarioID: 7, Peticion: "p-1"}
	pedidos  = domain.Solicitante{Servicio: "pedidos", Peticion: "p-2"}
)

// esquema gives each test a database with the tables.
var esquema = dbtest.NewSchema(bunstore.Migrations())

// nuevo is the service over SQLite, with products 1 and 2 in the catalogue.
func nuevo(t *testing.T) (*app.Servicio, *portstest.CatalogoFalso, *database.DB) {
	t.Helper()
	db := esquema.Open(t, esquema.SQLite(t), database.Options{})
	catalogo := portstest.NewCatalogoFalso(1, 2)
	return app.New(app.Dependencias{
		Existencias: bunstore.NewExistencias(db), Reservas: bunstore.NewReservas(db), Devoluciones: bunstore.NewDevoluciones(db),
		Catalogo: catalogo, Reloj: func() time.Time { return instante },
	}), catalogo, db
}

func conDiez(t *testing.T) (*app.Servicio, *database.DB) {
	t.Helper()
	s, _, db := nuevo(t)
	_, err := s.DarDeAlta(t.Context(), almacen, app.DarDeAlta{ProductoID: 1, Cantidad: 10, Minimo: 2})
	require.NoError(t, err)
	return s, db
}

func TestServicio_DarDeAlta(t *testing.T) {
	t.Parallel()
	t.Run("se_lee_igual", func(t *testing.T) {
		t.Parallel()
		s, _, _ := nuevo(t)
		e, err := s.DarDeAlta(t.Context(), almacen, app.DarDeAlta{ProductoID: 1, Cantidad: 10, Minimo: 2})
		require.NoError(t, err)
		assert.Equal(t, instante, e.ActualizadoEn())
		leidas, err := s.Obtener(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, e, leidas)
		lista, err := s.Listar(t.Context(), ports.Filtro{Limite: 10})
		require.NoError(t, err)
		assert.Equal(t, []*domain.Existencias{e}, lista)
	})
	t.Run("producto_desconocido", func(t *testing.T) {
		t.Parallel()
		s, _, _ := nuevo(t)
		_, err := s.DarDeAlta(t.Context(), almacen, app.DarDeAlta{ProductoID: 3, Cantidad: 10})
		require.ErrorIs(t, err, domain.ErrProductoNoExiste)
		_, err = s.Obtener(t.Context(), 3)
		require.ErrorIs(t, err, domain.ErrInventarioNoExiste)
	})
	t.Run("catalogo_caido_no_crea_nada", func(t *testing.T) {
		t.Parallel()
		s, catalogo, _ := nuevo(t)
		catalogo.Caer()
		_, err := s.DarDeAlta(t.Context(), almacen, app.DarDeAlta{ProductoID: 1, Cantidad: 10})
		require.ErrorIs(t, err, fault.ErrUnavailable)
		_, err = s.Obtener(t.Context(), 1)
		require.ErrorIs(t, err, domain.ErrInventarioNoExiste)
	})
	t.Run("campos_malos_sin_preguntar", func(t *testing.T) {
		t.Parallel()
		s, catalogo, _ := nuevo(t)
		catalogo.Caer()
		_, err := s.DarDeAlta(t.Context(), almacen, app.DarDeAlta{ProductoID: 1, Cantidad: -1})
		require.ErrorIs(t, err, fault.ErrInvalid)
	})
	t.Run("dos_veces", func(t *testing.T) {
		t.Parallel()
		s, _ := conDiez(t)
		_, err := s.DarDeAlta(t.Context(), almacen, app.DarDeAlta{ProductoID: 1, Cantidad: 5})
		require.ErrorIs(t, err, domain.ErrYaExiste)
	})
}

func TestServicio_Mover(t *testing.T) {
	t.Parallel()
	s, db := conDiez(t)
	e, err := s.Mover(t.Context(), almacen, app.MoverExistencias{
		ProductoID: 1, Tipo: domain.Merma, Cantidad: 4, Motivo: "rotas", Referencia: "R-1",
	})
	require.NoError(t, err)
	assert.Equal(t, int64(6), e.Disponible())
	_, err = s.Mover(t.Context(), almacen, app.MoverExistencias{ProductoID: 1, Tipo: domain.Salida, Cantidad: 7})
	require.ErrorIs(t, err, domain.ErrStockInsuficiente)
	_, err = s.Mover(t.Context(), almacen, app.MoverExistencias{ProductoID: 2, Tipo: domain.Salida, Cantidad: 7})
	require.ErrorIs(t, err, domain.ErrInventarioNoExiste)
	_, err = s.Mover(t.Context(), almacen, app.MoverExistencias{ProductoID: 1, Tipo: domain.TipoConsumo, Cantidad: 1})
	require.ErrorIs(t, err, fault.ErrInvalid)

	var actor, motivo, referencia, peticion string
	require.NoError(t, db.Read().QueryRow(t.Context(),
		`SELECT actor, motivo, referencia, request_id FROM movimientos WHERE tipo = 'MERMA'`).
		Scan(&actor, &motivo, &referencia, &peticion))
	assert.Equal(t, []string{"7", "rotas", "R-1", "p-1"}, []string{actor, motivo, referencia, peticion})
}

func TestServicio_reservas(t *testing.T) {
	t.Parallel()
	lineas := []domain.Linea{{ProductoID: 1, Cantidad: 4}}

	t.Run("reservar_y_consumir", func(t *testing.T) {
		t.Parallel()
		s, _ := conDiez(t)
		for _, primera := range []bool{true, false} {
			r, creada, err := s.Reservar(t.Context(), pedidos, app.Reservar{ID: id, Lineas: lineas, Referencia: "pedido 3"})
			require.NoError(t, err)
			assert.Equal(t, primera, creada)
			assert.Equal(t, domain.ReservaID("0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a10"), r.ID())
			assert.Equal(t, instante, r.CreadoEn())
		}
		r, err := s.Consumir(t.Context(), pedidos, id)
		require.NoError(t, err)
		assert.Equal(t, domain.Consumida, r.Estado())
		leida, err := s.ObtenerReserva(t.Context(), pedidos, id)
		require.NoError(t, err)
		assert.Equal(t, r, leida)
		_, err = s.Liberar(t.Context(), pedidos, id)
		require.ErrorIs(t, err, domain.ErrReservaTerminada)
		e, err := s.Obtener(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, [2]int64{6, 0}, [2]int64{e.Fisico(), e.Reservado()})
	})

	t.Run("nunca_para_personas", func(t *testing.T) {
		t.Parallel()
		s, _ := conDiez(t)
		persona := domain.Solicitante{UsuarioID: 7, Alcances: []string{"inventario:reservar"}}
		for _, quien := range []domain.Solicitante{persona, {}} {
			_, _, err := s.Reservar(t.Context(), quien, app.Reservar{ID: id, Lineas: lineas})
			require.ErrorIs(t, err, fault.ErrForbidden)
			_, err = s.Liberar(t.Context(), quien, id)
			require.ErrorIs(t, err, fault.ErrForbidden)
			_, err = s.Consumir(t.Context(), quien, id)
			require.ErrorIs(t, err, fault.ErrForbidden)
			_, err = s.ObtenerReserva(t.Context(), quien, id)
			require.ErrorIs(t, err, fault.ErrForbidden)
		}
		_, err := s.ObtenerReserva(t.Context(), pedidos, id)
		require.ErrorIs(t, err, domain.ErrReservaNoExiste)
	})

	t.Run("id_y_lineas_malos", func(t *testing.T) {
		t.Parallel()
		s, _ := conDiez(t)
		_, _, err := s.Reservar(t.Context(), pedidos, app.Reservar{ID: "1", Lineas: lineas})
		require.ErrorIs(t, err, fault.ErrInvalid)
		_, _, err = s.Reservar(t.Context(), pedidos, app.Reservar{ID: id})
		require.ErrorIs(t, err, fault.ErrInvalid)
		_, err = s.Liberar(t.Context(), pedidos, "1")
		require.ErrorIs(t, err, fault.ErrInvalid)
	})
}

// libroLargo has more rows than one verification reads: the third verification reads the last rows.
type libroLargo struct {
	ports.Libro
	halladas []domain.Discrepancia
	veces    int
}

func (l *libroLargo) Verificar(context.Context) (domain.Verificacion, error) {
	l.veces++
	return domain.Verificacion{Productos: 1, Movimientos: int64(l.veces), Pendientes: l.veces < 3, Discrepancias: l.halladas}, nil
}

func TestServicio_Verificar_lo_incompleto_no_es_bueno(t *testing.T) {
	t.Parallel()
	s := app.New(app.Dependencias{Libro: &libroLargo{}, Reloj: func() time.Time { return instante }})
	_, err := s.Verificar(t.Context())
	require.ErrorIs(t, err, domain.ErrVerificacionEnCurso)
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	_, sabidas := s.Medida().Discrepancias()
	assert.False(t, sabidas)
	assert.Zero(t, s.Medida().UltimaBuena())

	ctx, parar := context.WithCancel(t.Context())
	var fin sync.WaitGroup
	fin.Go(func() { s.Vigilar(ctx, time.Hour, slog.New(slog.DiscardHandler)) }) // verifies until there is a result
	defer fin.Wait()
	defer parar()
	require.Eventually(t, func() bool { _, sabidas := s.Medida().Discrepancias(); return sabidas }, 10*time.Second, time.Millisecond)
	assert.Equal(t, instante, s.Medida().UltimaBuena())

	mal := app.New(app.Dependencias{Libro: &libroLargo{halladas: make([]domain.Discrepancia, 2)},
		Reloj: func() time.Time { return instante }})
	v, err := mal.Verificar(t.Context())
	require.NoError(t, err, "the discrepancies of the first rows are returned at once")
	assert.Len(t, v.Discrepancias, 2)
	n, sabidas := mal.Medida().Discrepancias()
	assert.True(t, sabidas)
	assert.Equal(t, 2, n)
	assert.Zero(t, mal.Medida().UltimaBuena())
}

// repaso fails while it is away, and then has no work. Without an end it would wait for ever.
type repaso struct {
	ports.Verificaciones
	fuera   atomic.Bool
	vueltas atomic.Int64
}

func (r *repaso) Avanzar(ctx context.Context, _ time.Time) (bool, error) {
	if r.vueltas.Add(1) == 1 {
		<-ctx.Done()
	}
	if r.fuera.Load() {
		return false, fault.ErrUnavailable
	}
	return false, nil
}

// libroAusente is a ledger that cannot be read while it is away.
type libroAusente struct {
	ports.Libro
	fuera *atomic.Bool
}

func (l libroAusente) Verificar(context.Context) (domain.Verificacion, error) {
	if l.fuera.Load() {
		return domain.Verificacion{}, fault.ErrUnavailable
	}
	return domain.Verificacion{}, nil
}

// TestServicio_una_base_ausente_se_dice_una_vez: both jobs look again and again, and say once that the database is away.
func TestServicio_una_base_ausente_se_dice_una_vez(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lineas bytes.Buffer // read while both jobs sleep
		log := slog.New(slog.NewTextHandler(&lineas, nil))
		var r repaso
		r.fuera.Store(true)
		s := app.New(app.Dependencias{Libro: libroAusente{fuera: &r.fuera}, Verificaciones: &r, Reloj: time.Now})
		ctx, parar := context.WithCancel(t.Context())
		go s.Vigilar(ctx, time.Minute, log)
		go s.Repasar(ctx, log)
		time.Sleep(10*time.Minute + time.Second)
		synctest.Wait()
		assert.Greater(t, r.vueltas.Load(), int64(100))
		assert.Equal(t, 1, strings.Count(lineas.String(), "verification of the whole ledger stands still"))
		assert.Equal(t, 1, strings.Count(lineas.String(), "ledger not verified"))
		r.fuera.Store(false)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		assert.Equal(t, 1, strings.Count(lineas.String(), "verification of the whole ledger goes on"))
		assert.Equal(t, 1, strings.Count(lineas.String(), "ledger verified again"))
		assert.Equal(t, 4, strings.Count(lineas.String(), "\n"))
		parar()
		synctest.Wait()
	})
}
