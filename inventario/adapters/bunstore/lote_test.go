package bunstore

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
)

// venta is a product whose turn is taken: all callers of Reservar wait in its queue.
type venta struct {
	t        *testing.T
	db       *database.DB
	reservas *Reservas
	turno    *espera
	log      bytes.Buffer
}

func nuevaVenta(t *testing.T, unidades int64) *venta {
	t.Helper()
	return nuevaVentaCon(t, unidades, database.Options{MaxConns: 8})
}

func nuevaVentaCon(t *testing.T, unidades int64, o database.Options) *venta {
	t.Helper()
	v := &venta{t: t}
	o.Log = slog.New(slog.NewTextHandler(&v.log, nil))
	v.db = abrirCon(t, esquema.Postgres(t), o)
	v.reservas = NewReservas(v.db)
	nuevas, err := domain.NewExistencias(1, unidades, 0, cuando)
	require.NoError(t, err)
	require.NoError(t, NewExistencias(v.db).Alta(t.Context(), idempotency.Key{}, nuevas, quien))
	v.turno = v.reservas.colas.entrar(t.Context(), unaReserva(999, 1, ""), quien)
	return v
}

var quien = domain.Causa{Actor: "servicio:pedidos", Peticion: "p", Cuando: cuando}

// unaReserva may make a reservation that the domain refuses.
func unaReserva(n, cantidad int64, referencia string) *domain.Reserva {
	r, err := domain.RehidratarReserva(domain.RegistroReserva{
		ID: domain.ReservaID(fmt.Sprintf(formatoID, n)), Estado: domain.Activa, Referencia: referencia,
		Lineas: []domain.Linea{{ProductoID: 1, Cantidad: cantidad}}, CreadoEn: cuando, ActualizadoEn: cuando,
	})
	if err != nil {
		panic(err)
	}
	return r
}

type respuesta struct {
	creada bool
	err    error
}

// pedir starts a caller of Reservar and returns when the caller is in the queue.
func (v *venta) pedir(ctx context.Context, r *domain.Reserva) <-chan respuesta {
	v.t.Helper()
	antes, sale := v.esperan(), make(chan respuesta, 1)
	go func() {
		_, creada, err := v.reservas.Reservar(ctx, r, quien)
		sale <- respuesta{creada, err}
	}()
	require.Eventually(v.t, func() bool { return v.esperan() == antes+1 }, time.Minute, time.Millisecond)
	return sale
}

func (v *venta) esperan() int {
	v.reservas.colas.mu.Lock()
	defer v.reservas.colas.mu.Unlock()
	return len(v.reservas.colas.por[1])
}

// empezar gives the turn to the callers that wait.
func (v *venta) empezar() { v.reservas.colas.salir(v.turno) }

// bloqueadas counts the statements that wait for a lock.
func (v *venta) bloqueadas(ctx context.Context) (n int) {
	assert.NoError(v.t, v.db.Read().QueryRow(ctx, `
		SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN
			(SELECT pid FROM pg_stat_activity WHERE datname = current_database())`).Scan(&n))
	return n
}

// cuadrar checks how many units are reserved at the end, in how many transactions the reservations were stored, that the ledger
// agrees with them, and that the product is free again.
func (v *venta) cuadrar(reservado int64, transacciones int) {
	v.t.Helper()
	e, err := NewExistencias(v.db).Obtener(v.t.Context(), 1)
	require.NoError(v.t, err)
	assert.Equal(v.t, reservado, e.Reservado())
	verificada, err := NewLibro(v.db).Verificar(v.t.Context())
	require.NoError(v.t, err)
	assert.Empty(v.t, verificada.Discrepancias)
	var n int
	require.NoError(v.t, v.db.Read().QueryRow(v.t.Context(), `SELECT count(DISTINCT xmin::text) FROM reservas`).Scan(&n))
	assert.Equal(v.t, transacciones, n, "transactions")
	require.Eventually(v.t, func() bool {
		v.reservas.colas.mu.Lock()
		defer v.reservas.colas.mu.Unlock()
		return len(v.reservas.colas.por) == 0
	}, time.Minute, time.Millisecond)
}

func exigirFalta(t *testing.T, r respuesta, solicitado, disponible int64) {
	t.Helper()
	require.ErrorIs(t, r.err, domain.ErrStockInsuficiente)
	faltas := []map[string]int64{{"producto_id": 1, "solicitado": solicitado, "disponible": disponible}}
	assert.Equal(t, faltas, fault.From(r.err).Extra["lineas"])
}

// Each caller gets the same answer as if every reservation had been made alone, in the order of the queue.
func TestLote_por_orden_de_llegada(t *testing.T) {
	t.Parallel()
	for nombre, sinPreparar := range map[string]bool{"preparada": false, "sin_preparar": true} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			v := nuevaVentaCon(t, 10, database.Options{MaxConns: 8, Unprepared: sinPreparar})
			var salen []<-chan respuesta
			for i, cantidad := range []int64{6, 5, 3, 2, 1, 1} {
				salen = append(salen, v.pedir(t.Context(), unaReserva(int64(i+1), cantidad, "pedido")))
			}
			v.empezar()
			for _, i := range []int{0, 2, 4} {
				assert.Equal(t, respuesta{creada: true}, <-salen[i], i)
			}
			exigirFalta(t, <-salen[1], 5, 4)
			exigirFalta(t, <-salen[3], 2, 1)
			exigirFalta(t, <-salen[5], 1, 0)
			v.cuadrar(10, 1)

			var filas [][3]int64
			for _, a := range leerLibro(t, v.db)[1:] {
				filas = append(filas, [3]int64{a.DeltaReservado, a.Fisico, a.Reservado})
				assert.Equal(t, quien, a.Causa)
				assert.Equal(t, "pedido", a.Referencia)
			}
			assert.Equal(t, [][3]int64{{6, 10, 6}, {3, 10, 9}, {1, 10, 10}}, filas)
			e, err := NewExistencias(v.db).Obtener(t.Context(), 1)
			require.NoError(t, err)
			assert.EqualValues(t, 4, e.Version())
			leida, err := v.reservas.Obtener(t.Context(), unaReserva(3, 3, "").ID())
			require.NoError(t, err)
			assert.Equal(t, unaReserva(3, 3, "pedido"), leida)
		})
	}
}

// When PostgreSQL cannot store a reservation, only the caller of that reservation gets an error.
func TestLote_una_envenenada(t *testing.T) {
	t.Parallel()
	v := nuevaVenta(t, 10)
	antes := v.pedir(t.Context(), unaReserva(1, 4, ""))
	envenenada := v.pedir(t.Context(), unaReserva(2, 4, "\x00"))
	despues := v.pedir(t.Context(), unaReserva(3, 7, ""))
	ultima := v.pedir(t.Context(), unaReserva(4, 6, ""))
	v.empezar()
	assert.Equal(t, respuesta{creada: true}, <-antes)
	require.Error(t, (<-envenenada).err)
	exigirFalta(t, <-despues, 7, 6)
	assert.Equal(t, respuesta{creada: true}, <-ultima)
	v.cuadrar(10, 2)
	assert.Contains(t, v.log.String(), "reservations go alone")
}

// A caller with an id that is stored already, also by its own batch, gets the stored reservation.
func TestLote_ids_conocidos(t *testing.T) {
	t.Parallel()
	v := nuevaVenta(t, 10)
	v.empezar()
	_, _, err := v.reservas.Reservar(t.Context(), unaReserva(1, 2, ""), quien)
	require.NoError(t, err)
	_, err = v.reservas.Liberar(t.Context(), unaReserva(2, 1, "").ID(), quien)
	require.NoError(t, err)
	v.turno = v.reservas.colas.entrar(t.Context(), unaReserva(999, 1, ""), quien)

	repetida := v.pedir(t.Context(), unaReserva(1, 2, ""))
	distinta := v.pedir(t.Context(), unaReserva(1, 3, ""))
	cerrada := v.pedir(t.Context(), unaReserva(2, 1, ""))
	nueva := v.pedir(t.Context(), unaReserva(3, 8, ""))
	doble := v.pedir(t.Context(), unaReserva(3, 8, ""))
	v.empezar()
	assert.Equal(t, respuesta{}, <-repetida)
	require.ErrorIs(t, (<-distinta).err, domain.ErrReservaDistinta)
	require.ErrorIs(t, (<-cerrada).err, domain.ErrReservaTerminada)
	assert.Equal(t, respuesta{creada: true}, <-nueva)
	assert.Equal(t, respuesta{}, <-doble)
	v.cuadrar(10, 3)
}

// A caller whose time is over leaves the queue, and nothing is stored for it.
func TestLote_uno_se_va(t *testing.T) {
	t.Parallel()
	v := nuevaVenta(t, 10)
	antes := v.pedir(t.Context(), unaReserva(1, 1, ""))
	ctx, irse := context.WithCancel(t.Context())
	seVa := v.pedir(ctx, unaReserva(2, 9, ""))
	despues := v.pedir(t.Context(), unaReserva(3, 9, ""))
	irse()
	require.ErrorIs(t, (<-seVa).err, fault.ErrUnavailable)
	v.empezar()
	assert.Equal(t, respuesta{creada: true}, <-antes)
	assert.Equal(t, respuesta{creada: true}, <-despues)
	_, err := v.reservas.Obtener(t.Context(), unaReserva(2, 9, "").ID())
	require.ErrorIs(t, err, domain.ErrReservaNoExiste)
	v.cuadrar(10, 1)
}

// Another process changes the stock while the batch waits for the row: the refusal has the new quantities.
func TestLote_llegan_unidades_mientras_espera(t *testing.T) {
	t.Parallel()
	v := nuevaVenta(t, 10)
	cabe := v.pedir(t.Context(), unaReserva(1, 4, ""))
	falta := v.pedir(t.Context(), unaReserva(2, 7, ""))
	require.NoError(t, v.db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
		cambios := []domain.Cambio{domain.NewCambio(domain.Entrada, 1, 5)}
		_, _, err := v.reservas.aplicar(ctx, tx, cambios, apunte{causa: quien})
		v.empezar()
		require.Eventually(t, func() bool { return v.bloqueadas(ctx) > 0 }, time.Minute, 5*time.Millisecond)
		return err
	}))
	assert.Equal(t, respuesta{creada: true}, <-cabe)
	assert.Equal(t, respuesta{creada: true}, <-falta)
	v.cuadrar(11, 2)
}

// Another process takes the stock while the batch waits for the row: each reservation of the batch goes alone.
func TestLote_se_venden_mientras_espera(t *testing.T) {
	t.Parallel()
	v := nuevaVenta(t, 10)
	cabe := v.pedir(t.Context(), unaReserva(1, 4, ""))
	falta := v.pedir(t.Context(), unaReserva(2, 6, ""))
	require.NoError(t, v.db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
		cambios := []domain.Cambio{domain.NewCambio(domain.Salida, 1, 5)}
		_, _, err := v.reservas.aplicar(ctx, tx, cambios, apunte{causa: quien})
		v.empezar()
		require.Eventually(t, func() bool { return v.bloqueadas(ctx) > 0 }, time.Minute, 5*time.Millisecond)
		return err
	}))
	assert.Equal(t, respuesta{creada: true}, <-cabe)
	exigirFalta(t, <-falta, 6, 1)
	v.cuadrar(4, 1)
	assert.NotContains(t, v.log.String(), "reservations go alone", "the constraint of the table refused the batch")
}

// Another process closes an id of the batch after the batch has looked: nothing is taken under it.
func TestLote_se_cierra_un_id_mientras_espera(t *testing.T) {
	t.Parallel()
	v := nuevaVenta(t, 10)
	cabe := v.pedir(t.Context(), unaReserva(1, 4, ""))
	cerrada := v.pedir(t.Context(), unaReserva(2, 6, ""))
	require.NoError(t, v.db.InTx(t.Context(), func(ctx context.Context, tx database.Writer) error {
		_, err := insertarReserva(ctx, tx, domain.ReservaCerrada(unaReserva(2, 6, "").ID(), cuando))
		v.empezar()
		require.Eventually(t, func() bool { return v.bloqueadas(ctx) > 0 }, time.Minute, 5*time.Millisecond)
		return err
	}))
	assert.Equal(t, respuesta{creada: true}, <-cabe)
	require.ErrorIs(t, (<-cerrada).err, domain.ErrReservaTerminada)
	v.cuadrar(4, 2)
}

// After a panic of the caller that has the turn, the next callers of the queue get it.
func TestLote_un_panico_pasa_el_turno(t *testing.T) {
	t.Parallel()
	v := nuevaVenta(t, 10)
	v.empezar()
	tieneTurno, sigue := make(chan struct{}), make(chan struct{})
	v.reservas.reservar = func(context.Context, database.Writer, *domain.Reserva, apunte) ([]*domain.Existencias, error) {
		close(tieneTurno)
		<-sigue
		panic("a defect")
	}
	roto := make(chan any)
	go func() {
		defer func() { roto <- recover() }()
		_, _, _ = v.reservas.Reservar(t.Context(), unaReserva(1, 1, ""), quien)
	}()
	<-tieneTurno
	una, otra := v.pedir(t.Context(), unaReserva(2, 4, "")), v.pedir(t.Context(), unaReserva(3, 6, ""))
	close(sigue)
	assert.Equal(t, "a defect", <-roto)
	assert.Equal(t, respuesta{creada: true}, <-una)
	assert.Equal(t, respuesta{creada: true}, <-otra)
	v.cuadrar(10, 1)
}

func TestColas(t *testing.T) {
	t.Parallel()
	con := func(t *testing.T, n int) (*colas, []*espera) {
		c, todos := &colas{por: map[int64][]*espera{}}, []*espera{}
		for i := range n {
			todos = append(todos, c.entrar(t.Context(), unaReserva(int64(i+1), 1, ""), quien))
		}
		require.Equal(t, todos[:1], todos[0].lote, "the first goes at once")
		<-todos[0].aviso
		return c, todos
	}

	t.Run("un_lote_tiene_un_limite", func(t *testing.T) {
		t.Parallel()
		c, todos := con(t, maxJuntas+3)
		todos[0].resuelta = true
		c.terminar(todos[:1])
		assert.Equal(t, todos[1:1+maxJuntas], todos[1].lote)
	})

	t.Run("tras_un_lote_que_falla_van_solas_y_antes", func(t *testing.T) {
		t.Parallel()
		c, todos := con(t, 3)
		c.salir(todos[0])
		<-todos[1].aviso
		nueva := c.entrar(t.Context(), unaReserva(9, 1, ""), quien)
		c.terminar(todos[1].lote)
		for _, e := range []*espera{todos[1], todos[2], nueva} {
			<-e.aviso
			assert.Equal(t, []*espera{e}, e.lote)
			e.resuelta = true
			c.terminar(e.lote)
		}
		assert.Empty(t, c.por, "free")
	})

	t.Run("quien_se_va_con_el_turno_lo_pasa", func(t *testing.T) {
		t.Parallel()
		c, todos := con(t, 4)
		c.salir(todos[2])
		c.salir(todos[0])
		c.salir(todos[1])
		assert.Equal(t, todos[3:], todos[3].lote)
		c.salir(todos[3])
		assert.Empty(t, c.por, "free")
	})

	t.Run("quien_se_va_del_lote_no_vuelve", func(t *testing.T) {
		t.Parallel()
		c, todos := con(t, 3)
		c.salir(todos[0])
		<-todos[1].aviso
		c.salir(todos[2])
		c.terminar(todos[1].lote)
		assert.Equal(t, todos[1:2], todos[1].lote)
		c.salir(todos[1])
		assert.Empty(t, c.por, "free")
	})
}
