package argon

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/ports"
)

// entrada is a login from a network.
var entrada = de("192.0.2.1")

func de(red string) ports.Solicitud { return ports.Solicitud{Carril: ports.CarrilEntrar, Red: red} }

func registro(red string) ports.Solicitud {
	return ports.Solicitud{Carril: ports.CarrilRegistrar, Red: red}
}

// tomado takes a place that is free.
func tomado(t *testing.T, c *cola, s ports.Solicitud) (dejar func()) {
	t.Helper()
	dejar, err := c.tomar(t.Context(), s)
	require.NoError(t, err)
	return dejar
}

func enCola(c *cola) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.esperan()
}

// orden sends requests to a queue, and notes in which order they get a place and which are refused.
type orden struct {
	t          *testing.T
	c          *cola
	mu         sync.Mutex
	atendidos  []string
	rechazados []string
	todos      sync.WaitGroup
}

// llega is a request that waits, or is refused, when llega returns.
func (o *orden) llega(nombre string, s ports.Solicitud) {
	o.todos.Go(func() {
		dejar, err := o.c.tomar(o.t.Context(), s)
		o.mu.Lock()
		defer o.mu.Unlock()
		if err != nil {
			assert.ErrorIs(o.t, err, fault.ErrUnavailable)
			assert.Equal(o.t, maxEspera, fault.From(err).RetryAfter)
			o.rechazados = append(o.rechazados, nombre)
			return
		}
		o.atendidos = append(o.atendidos, nombre)
		dejar()
	})
	synctest.Wait()
}

func (o *orden) fin() string {
	o.todos.Wait()
	return strings.Join(o.atendidos, " ")
}

// ocupada runs test with a queue whose one place is taken; dejar frees it.
func ocupada(t *testing.T, test func(t *testing.T, o *orden, dejar func())) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := nuevaCola(1)
		test(t, &orden{t: t, c: c}, tomado(t, c, de("otra")))
	})
}

func TestCola_por_turnos_de_red(t *testing.T) {
	ocupada(t, func(t *testing.T, o *orden, dejar func()) {
		for i := range 4 {
			o.llega(fmt.Sprint("a", i), de("a"))
		}
		o.llega("b0", de("b"))
		o.llega("b1", de("b"))
		o.llega("c0", de("c"))
		dejar()
		assert.Equal(t, "a0 b0 c0 a1 b1 a2 a3", o.fin())
	})
}

func TestCola_por_turnos_de_carril(t *testing.T) {
	ocupada(t, func(t *testing.T, o *orden, dejar func()) {
		for i := range 4 {
			o.llega(fmt.Sprint("r", i), registro("a"))
		}
		o.llega("e0", de("a"))
		o.llega("e1", de("b"))
		dejar()
		assert.Equal(t, "r0 e0 r1 e1 r2 r3", o.fin())
	})
}

// With registrations of many networks in the queue, a login is still the second to get a place.
func TestCola_un_registro_masivo_desde_muchas_redes_no_retrasa_a_quien_entra(t *testing.T) {
	ocupada(t, func(t *testing.T, o *orden, dejar func()) {
		for i := range 200 {
			o.llega(fmt.Sprint("r", i), registro(fmt.Sprint("red ", i)))
		}
		o.llega("e", de("casa"))
		dejar()
		o.fin()
		assert.Contains(t, o.atendidos[:2], "e")
		assert.NotEmpty(t, o.rechazados)
	})
}

func TestCola_del_mismo_turno_de_una_en_una(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := nuevaCola(2)
		o := &orden{t: t, c: c}
		ana := ports.Solicitud{Red: "a", Turno: "ana"}
		dejarAna := tomado(t, c, ana)
		o.llega("ana", ana)
		assert.Equal(t, 1, enCola(c), "a place is free, but the request waits for the earlier one of its turn")
		o.llega("berta", ports.Solicitud{Red: "a", Turno: "berta"})
		assert.Equal(t, []string{"berta"}, o.atendidos, "a waiting turn does not keep other requests from the place")
		dejarAna()
		assert.Equal(t, "berta ana", o.fin())
	})
}

// One network fills at most three quarters; when the queue is full, the newest request of the network with the most is refused,
// and another network gets its place.
func TestCola_llena(t *testing.T) {
	ocupada(t, func(t *testing.T, o *orden, dejar func()) {
		cupo := o.c.cupo()
		require.Equal(t, int(maxEspera/duracionInicial), cupo)
		for i := range cupo {
			o.llega(fmt.Sprint("a", i), de("a"))
		}
		assert.Len(t, o.rechazados, cupo-cupo*3/4, "at once, not after a wait")
		o.rechazados = nil
		for i := range cupo / 4 {
			o.llega(fmt.Sprint("b", i), de("b"))
		}
		require.Equal(t, cupo, enCola(o.c))
		assert.Empty(t, o.rechazados)

		o.llega("honrada", de("c"))
		assert.Equal(t, []string{fmt.Sprint("a", cupo*3/4-1)}, o.rechazados, "the newest request of the network with the most requests")
		o.llega("nueva", registro("d"))
		assert.Equal(t, []string{fmt.Sprint("a", cupo*3/4-1), fmt.Sprint("a", cupo*3/4-2)}, o.rechazados, "in the longest lane")
		assert.Equal(t, cupo, enCola(o.c))
		dejar()
		o.fin()
		assert.Contains(t, o.atendidos[:4], "honrada")
		assert.Contains(t, o.atendidos[:2], "nueva")
	})
}

// When every network has one request, the newest is refused, because no network has more than one.
func TestCola_llena_de_redes_distintas(t *testing.T) {
	ocupada(t, func(t *testing.T, o *orden, dejar func()) {
		for i := range o.c.cupo() {
			o.llega(fmt.Sprint("a", i), de(fmt.Sprint("red ", i)))
		}
		o.llega("tarde", de("otra red"))
		assert.Equal(t, []string{"tarde"}, o.rechazados)
		dejar()
		o.fin()
	})
}

// A flood of logins from more networks than can wait does not lock out an owner at an address where the owner logged in before.
func TestCola_llena_de_redes_distintas_no_para_a_quien_se_conoce(t *testing.T) {
	ocupada(t, func(t *testing.T, o *orden, dejar func()) {
		for i := range 2 * o.c.cupo() {
			o.llega(fmt.Sprint("a", i), de(fmt.Sprint("red ", i)))
		}
		o.llega("duena", ports.Solicitud{Carril: ports.CarrilConocido, Red: "casa"})
		assert.NotContains(t, o.rechazados, "duena")
		dejar()
		o.fin()
		assert.Contains(t, o.atendidos[:2], "duena")
	})
}

func TestCola_quien_se_va_no_ocupa_sitio(t *testing.T) {
	ocupada(t, func(t *testing.T, o *orden, dejar func()) {
		ctx, cancelar := context.WithCancel(t.Context())
		fuera := make(chan error, 10)
		for range cap(fuera) {
			go func() {
				_, err := o.c.tomar(ctx, de("a"))
				fuera <- err
			}()
		}
		synctest.Wait()
		o.llega("b", de("b"))
		require.Equal(t, 11, enCola(o.c))
		cancelar()
		for range cap(fuera) {
			err := <-fuera
			require.ErrorIs(t, err, fault.ErrUnavailable)
			require.ErrorIs(t, err, context.Canceled)
		}
		assert.Equal(t, 1, enCola(o.c))
		dejar()
		assert.Equal(t, "b", o.fin())
		tomado(t, o.c, de("c"))()
	})
}

// The client leaves at the same time as its request gets a place, or is refused.
func TestCola_quien_se_va_a_la_vez_no_se_lleva_el_sitio(t *testing.T) {
	t.Parallel()
	c := nuevaCola(1)
	ctx, cancelar := context.WithCancel(t.Context())
	cancelar()
	con := c.ponerse(de("a"))
	require.Zero(t, c.libres)
	rechazado := c.ponerse(de("b"))
	c.carriles[ports.CarrilEntrar].rechazar(c.carriles[ports.CarrilEntrar].masLarga())
	for _, e := range []*espera{rechazado, con} {
		require.ErrorIs(t, c.irse(ctx, e), fault.ErrUnavailable)
	}
	assert.Equal(t, 1, c.libres)
}

func TestCola_su_largo_es_lo_que_se_hace_en_dos_segundos(t *testing.T) {
	t.Parallel()
	for _, caso := range []struct {
		lugares int
		hash    time.Duration
		cupo    int
	}{
		{1, 40 * time.Millisecond, 50},
		{3, 40 * time.Millisecond, 150},
		{1, time.Second, minCola},
		{8, 20 * time.Millisecond, maxCola},
		{8, time.Nanosecond, maxCola},
	} {
		c := nuevaCola(caso.lugares)
		for range 200 {
			c.medir(caso.hash)
		}
		assert.InDelta(t, caso.cupo, c.cupo(), 1, caso)
	}
}

// Many requests come, leave and are refused at the same time: no place is lost, and no more places are given than there are.
func TestCola_bajo_carga(t *testing.T) {
	t.Parallel()
	const lugares = 3
	c := nuevaCola(lugares)
	var dentro, maximo, atendidos atomic.Int64
	var todos sync.WaitGroup
	for i := range 2000 {
		todos.Go(func() {
			ctx, cancelar := context.WithTimeout(t.Context(), rand.N(20*time.Millisecond))
			defer cancelar()
			dejar, err := c.tomar(ctx, ports.Solicitud{
				Carril: ports.Carril(i % int(ports.Carriles)), Red: fmt.Sprint(i % 17), Turno: []string{"", "uno", "dos"}[i%3],
			})
			if err != nil {
				return
			}
			n := dentro.Add(1)
			for m := maximo.Load(); n > m && !maximo.CompareAndSwap(m, n); m = maximo.Load() {
			}
			time.Sleep(rand.N(100 * time.Microsecond))
			atendidos.Add(1)
			dentro.Add(-1)
			dejar()
		})
	}
	todos.Wait()
	assert.LessOrEqual(t, maximo.Load(), int64(lugares))
	assert.Positive(t, atendidos.Load())
	assert.Equal(t, lugares, c.libres)
	assert.Empty(t, c.turnos)
	for _, k := range c.carriles {
		assert.Zero(t, k.esperan)
		assert.Empty(t, k.filas)
	}
}
