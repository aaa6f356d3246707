package argon

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
)

func nada() error { return nil }

// minimos make a hash fast.
var minimos = Parametros{Memoria: 64, Tiempo: 1, Hilos: 1}

func TestActuales_no_bajan_de_OWASP(t *testing.T) {
	t.Parallel()
	assert.GreaterOrEqual(t, Actuales.Memoria, uint32(19<<10))
	assert.GreaterOrEqual(t, Actuales.Tiempo, uint32(2))
	assert.GreaterOrEqual(t, Actuales.Hilos, uint8(1))

	hash, err := New(Actuales).Cifrar(t.Context(), entrada, "correcto caballo")
	require.NoError(t, err)
	assert.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, hash,
		"the PHC string: 16 bytes of salt, 32 of hash")
}

func TestContrasenas_Comprobar(t *testing.T) {
	t.Parallel()
	c := New(minimos)
	larga := strings.Repeat("😀", 255)
	hash := cifrada(t, c, larga+"a")
	t.Run("la_suya_y_ninguna_otra", func(t *testing.T) {
		t.Parallel()
		ok, debil, err := c.Comprobar(t.Context(), entrada, []string{larga + "a"}, hash, nada)
		require.NoError(t, err)
		assert.True(t, ok)
		assert.False(t, debil)
		for _, otra := range []string{larga + "b", larga, larga[:72], larga + "A", larga + "a ", ""} {
			ok, _, err := c.Comprobar(t.Context(), entrada, []string{otra}, hash, nada)
			require.NoError(t, err)
			assert.False(t, ok, "no part of a password is cut off")
		}
	})
	t.Run("cada_vez_otra_sal", func(t *testing.T) {
		t.Parallel()
		assert.NotEqual(t, hash, cifrada(t, c, larga+"a"))
	})
	t.Run("los_parametros_son_los_del_hash", func(t *testing.T) {
		t.Parallel()
		for nombre, hoy := range map[string]Parametros{
			"mas_memoria": {Memoria: 128, Tiempo: 1, Hilos: 1}, "mas_pasadas": {Memoria: 64, Tiempo: 2, Hilos: 1},
		} {
			ok, debil, err := New(hoy).Comprobar(t.Context(), entrada, []string{larga + "a"}, hash, nada)
			require.NoError(t, err)
			assert.True(t, ok, nombre)
			assert.True(t, debil, nombre)

			fuerte := cifrada(t, New(hoy), "correcto caballo")
			ok, debil, err = c.Comprobar(t.Context(), entrada, []string{"correcto caballo"}, fuerte, nada)
			require.NoError(t, err)
			assert.True(t, ok)
			assert.False(t, debil, "a stronger hash stays")
		}
	})
	t.Run("un_hash_danado_es_un_error_y_no_un_no", func(t *testing.T) {
		t.Parallel()
		partes := strings.Split(hash, "$")
		for _, danado := range []string{
			"x", "$2y$10$abcdefghijklmnopqrstuv", strings.Replace(hash, "argon2id", "argon2i", 1),
			strings.Replace(hash, "v=19", "v=16", 1), hash[:len(hash)-4], strings.Replace(hash, "t=1", "t=0", 1),
			strings.Replace(hash, "p=1", "p=0", 1), strings.Replace(hash, partes[3], "m=,t=,p=", 1),
			strings.Replace(hash, partes[4], "***", 1),
		} {
			ok, _, err := c.Comprobar(t.Context(), entrada, []string{larga + "a"}, danado, nada)
			assert.Equal(t, fault.Internal, fault.CodeOf(err), danado)
			assert.False(t, ok)
		}
	})
	t.Run("nadie_tiene_el_senuelo", func(t *testing.T) {
		t.Parallel()
		for _, contrasena := range []string{"", "\x00", strings.Repeat("x", 10_000), larga + "a"} {
			ok, _, err := c.Comprobar(t.Context(), entrada, []string{contrasena}, "", nada)
			require.NoError(t, err)
			assert.False(t, ok)
		}
	})
}

// Not parallel: it reads what the whole process allocates. Argon2 needs memory for its work.
func TestContrasenas_Comprobar_sin_hash_hace_el_mismo_trabajo(t *testing.T) {
	p := Parametros{Memoria: 8 << 10, Tiempo: 1, Hilos: 1}
	c := New(p)
	trabajo := func(hash string, formas ...string) uint64 {
		var antes, despues runtime.MemStats
		runtime.ReadMemStats(&antes)
		_, _, err := c.Comprobar(t.Context(), entrada, formas, hash, nada)
		require.NoError(t, err)
		runtime.ReadMemStats(&despues)
		return (despues.TotalAlloc - antes.TotalAlloc) >> 10 // KiB
	}
	hash := cifrada(t, c, "correcto caballo")
	deAlguien := trabajo(hash, "otra distinta")
	assert.GreaterOrEqual(t, deAlguien, uint64(p.Memoria))
	assert.InEpsilon(t, deAlguien, trabajo("", "otra distinta"), 0.1)
	assert.InEpsilon(t, deAlguien, trabajo(""), 0.1, "without any form")
	assert.InEpsilon(t, deAlguien, trabajo(hash), 0.1)
	assert.InEpsilon(t, 2*deAlguien, trabajo(hash, "otra distinta", "y otra"), 0.1, "each form")
	assert.InEpsilon(t, 2*deAlguien, trabajo("", "otra distinta", "y otra"), 0.1)
}

// Both wait in the queue, and a request that leaves it gets Retry-After.
func TestContrasenas_esperan(t *testing.T) {
	t.Parallel()
	c := New(minimos)
	hash := cifrada(t, c, "correcto caballo")
	ocupados := make([]func(), c.cola.lugares)
	for i := range ocupados {
		ocupados[i] = tomado(t, c.cola, entrada)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Cifrar(ctx, entrada, "correcto caballo")
	require.ErrorIs(t, err, fault.ErrUnavailable)
	assert.Positive(t, fault.From(err).RetryAfter)
	for _, h := range []string{hash, ""} {
		_, _, err = c.Comprobar(ctx, entrada, []string{"correcto caballo"}, h, nada)
		require.ErrorIs(t, err, fault.ErrUnavailable, "never a wrong password")
	}

	espera := make(chan error, 2)
	go func() {
		_, err := c.Cifrar(t.Context(), entrada, "correcto caballo")
		espera <- err
	}()
	go func() {
		_, _, err := c.Comprobar(t.Context(), entrada, []string{"correcto caballo"}, hash, nada)
		espera <- err
	}()
	require.Eventually(t, func() bool { return enCola(c.cola) == 2 }, 10*time.Second, time.Millisecond)
	for _, dejar := range ocupados {
		dejar()
	}
	require.NoError(t, <-espera)
	require.NoError(t, <-espera)
	c.cola.mu.Lock()
	defer c.cola.mu.Unlock()
	assert.Equal(t, c.cola.lugares, c.cola.libres, "all places are free again")
	assert.Less(t, c.cola.media, duracionInicial, "the time of a hash is measured")
}

func TestContrasenas_metricas(t *testing.T) {
	t.Parallel()
	c := New(minimos)
	for range c.cola.lugares {
		t.Cleanup(tomado(t, c.cola, entrada))
	}
	for range minCola {
		c.cola.ponerse(registro("192.0.2.1"))
	}
	cupo := c.cola.cupo()
	for range cupo {
		c.cola.ponerse(entrada)
	}
	assert.NoError(t, testutil.CollectAndCompare(c, strings.NewReader(fmt.Sprintf(`
# HELP auth_contrasenas_esperando Passwords that wait to be hashed, by lane.
# TYPE auth_contrasenas_esperando gauge
auth_contrasenas_esperando{carril="conocido"} 0
auth_contrasenas_esperando{carril="entrar"} %d
auth_contrasenas_esperando{carril="registrar"} %d
# HELP auth_contrasenas_rechazadas_total Passwords that were not hashed because too many waited, by lane.
# TYPE auth_contrasenas_rechazadas_total counter
auth_contrasenas_rechazadas_total{carril="conocido"} 0
auth_contrasenas_rechazadas_total{carril="entrar"} %d
auth_contrasenas_rechazadas_total{carril="registrar"} 0
`, cupo-minCola, minCola, cupo-(cupo-minCola)))))
}

func TestContrasenas_memoria_acotada(t *testing.T) {
	t.Parallel()
	c := New(Actuales)
	assert.Positive(t, c.cola.lugares)
	assert.LessOrEqual(t, uint64(c.cola.lugares)*uint64(Actuales.Memoria)>>10, uint64(200), "MiB, for any number of logins at once")
}

// Not parallel: it reads what the whole process has from the system.
func TestContrasenas_devuelven_su_memoria(t *testing.T) {
	ocupada := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return (m.HeapSys - m.HeapReleased) >> 20 // MiB
	}
	c := New(Actuales)
	debug.FreeOSMemory()
	limite := ocupada() + 4 // the collector may return some memory of its own
	cifrada(t, c, "correcto caballo")
	require.Greater(t, ocupada(), limite, "a hash takes its memory")
	require.Eventually(t, func() bool { return ocupada() <= limite }, time.Minute, 50*time.Millisecond, "MiB, about as before")
}

// Not parallel: it changes what the whole process may use.
func TestNew_con_un_solo_nucleo(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	c := New(minimos)
	ok, _, err := c.Comprobar(t.Context(), entrada, []string{"correcto caballo"}, cifrada(t, c, "correcto caballo"), nada)
	require.NoError(t, err)
	assert.True(t, ok)
}

func cifrada(t *testing.T, c *Contrasenas, contrasena string) string {
	t.Helper()
	hash, err := c.Cifrar(t.Context(), entrada, contrasena)
	require.NoError(t, err)
	return hash
}
