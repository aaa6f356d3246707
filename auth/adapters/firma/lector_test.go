package firma

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lento is a read that takes a second and is counted.
type lento struct{ empezadas, terminadas atomic.Int64 }

func (l *lento) leer(ctx context.Context) error {
	l.empezadas.Add(1)
	select {
	case <-time.After(time.Second):
		l.terminadas.Add(1)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// terminar waits until l has no running read.
func terminar(l *lector) { l.turno <- struct{}{} }

// A caller that asks while a read is under way needs the next read, and shares it.
func TestLector_reciente(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lento lento
		l := nuevoLector(lento.leer)
		defer terminar(l)
		var todos sync.WaitGroup
		preguntar := func(lectura int64) {
			todos.Go(func() {
				assert.NoError(t, l.reciente(t.Context()))
				assert.Equal(t, lectura, lento.terminadas.Load())
			})
		}
		preguntar(1)
		synctest.Wait()
		require.EqualValues(t, 1, lento.empezadas.Load())
		for range 50 {
			preguntar(2)
		}
		yaNo, cancelar := context.WithCancel(t.Context())
		todos.Go(func() { assert.ErrorIs(t, l.reciente(yaNo), context.Canceled) })
		synctest.Wait()
		cancelar()
		todos.Wait()
		assert.EqualValues(t, 2, lento.empezadas.Load())
	})
}

// A caller that leaves does not end the others' read, also when it began that read.
func TestLector_reciente_quien_se_va_no_falla_a_nadie(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lento lento
		l := nuevoLector(lento.leer)
		defer terminar(l)
		yaNo, cancelar := context.WithCancel(t.Context())
		primera, segunda := make(chan error, 1), make(chan error, 1)
		go func() { segunda <- l.reciente(t.Context()) }()
		synctest.Wait()
		go func() { primera <- l.reciente(yaNo) }()
		synctest.Wait()
		tercera := make(chan error, 1)
		go func() { tercera <- l.reciente(t.Context()) }()
		synctest.Wait()
		cancelar()
		require.ErrorIs(t, <-primera, context.Canceled)
		require.NoError(t, <-segunda)
		require.NoError(t, <-tercera)
	})
}

// A caller waits for a hanging database no longer than maxLectura; two reads are minEspera apart.
func TestLector_reciente_tiempos(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := nuevoLector(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		defer terminar(l)
		empieza := time.Now()
		require.ErrorIs(t, l.reciente(t.Context()), context.DeadlineExceeded)
		assert.Equal(t, maxLectura, time.Since(empieza))

		rota := errors.New("rota")
		l.leer = func(context.Context) error { return rota }
		empieza = time.Now()
		for range 10 {
			require.ErrorIs(t, l.reciente(t.Context()), rota)
		}
		assert.Equal(t, 10*minEspera, time.Since(empieza))
	})
}
