package app_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/adapters/argon"
	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

func altaDe(nombre string) domain.Alta {
	return domain.Alta{Nombre: nombre, Email: nombre + "@example.com", Contrasena: contrasena}
}

// solicitudes records the request of each hash.
type solicitudes struct {
	ports.Contrasenas
	mu    sync.Mutex
	todas []ports.Solicitud
}

func (r *solicitudes) anotar(s ports.Solicitud) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.todas = append(r.todas, s)
}

func (r *solicitudes) Cifrar(ctx context.Context, s ports.Solicitud, contrasena string) (string, error) {
	r.anotar(s)
	return r.Contrasenas.Cifrar(ctx, s, contrasena)
}

func (r *solicitudes) Comprobar(
	ctx context.Context, s ports.Solicitud, formas []string, hash string, antes func() error,
) (ok, debil bool, err error) {
	r.anotar(s)
	return r.Contrasenas.Comprobar(ctx, s, formas, hash, antes)
}

// Each request that hashes a password waits with those of its client's network; registrations have their own queue.
func TestServicio_cada_hash_espera_con_los_de_su_red(t *testing.T) {
	t.Parallel()
	e := nuevo(t)
	con := func(p argon.Parametros) (*app.Servicio, *solicitudes) {
		d, r := e.d, &solicitudes{Contrasenas: argon.New(p)}
		d.Contrasenas = r
		return app.New(d), r
	}
	s, r := con(minimos)
	u, err := s.Registrar(t.Context(), altaDe("ana"), red)
	require.NoError(t, err)
	assert.Equal(t, []ports.Solicitud{{Carril: ports.CarrilRegistrar, Red: red}}, r.todas)

	quien, propio := e.propio(t, u)
	r.todas = nil
	_, err = s.CambiarEmail(t.Context(), quien, propio, "otra@example.com")
	require.NoError(t, err)
	_, err = s.CambiarContrasena(t.Context(), quien, propio, "otro caballo distinto")
	require.NoError(t, err)
	hoy, reforzado := con(argon.Parametros{Memoria: 128, Tiempo: 1, Hilos: 1})
	_, err = hoy.Entrar(t.Context(), como("ana", "otro caballo distinto"))
	require.NoError(t, err)
	require.Len(t, r.todas, 3)
	require.Len(t, reforzado.todas, 2)
	turno := r.todas[0].Turno
	assert.NotEmpty(t, turno, "guesses of one account from one network run one at a time")
	adivina := ports.Solicitud{Carril: ports.CarrilConocido, Red: red, Turno: turno} // the owner logged in here before
	cifra := ports.Solicitud{Carril: ports.CarrilEntrar, Red: red}
	assert.Equal(t, []ports.Solicitud{adivina, adivina, cifra}, r.todas)
	assert.Equal(t, []ports.Solicitud{adivina, cifra}, reforzado.todas)
}

// lenta is storage whose reads of accounts wait until abierta is closed.
type lenta struct {
	ports.Usuarios
	ports.Registros
	dentro  atomic.Int64
	abierta chan struct{}
}

func (l *lenta) Buscar(ctx context.Context, i domain.Identificador) (*domain.Usuario, error) {
	l.dentro.Add(1)
	<-l.abierta
	return l.Usuarios.Buscar(ctx, i)
}

func (l *lenta) PermitirRegistro(ctx context.Context, c domain.Cupo, ahora time.Time) error {
	l.dentro.Add(1)
	<-l.abierta
	return l.Registros.PermitirRegistro(ctx, c, ahora)
}

// kit/httpserver works on 256 requests of an operation at a time: one network has a quarter of them at most, also while they
// wait for the database.
func TestServicio_una_red_no_llena_el_servicio(t *testing.T) {
	t.Parallel()
	for nombre, c := range map[string]struct {
		pedir func(s *app.Servicio, red string, i int) error
		otros func(s *app.Servicio, quien domain.Solicitante, p app.Propio) error // requests that share the limit
		aun   func(s *app.Servicio) error                                         // a request that does not share it
	}{
		"entrar": {
			func(s *app.Servicio, red string, i int) error {
				_, err := s.Entrar(t.Context(), app.Credenciales{NombreOEmail: fmt.Sprint("nadie-", i), Contrasena: contrasena, Red: red})
				return err
			},
			func(s *app.Servicio, quien domain.Solicitante, p app.Propio) error {
				_, err := s.CambiarEmail(t.Context(), quien, p, "otra@example.com")
				_, err2 := s.CambiarContrasena(t.Context(), quien, p, "otro caballo distinto")
				if err == nil || err2 == nil {
					return nil
				}
				return errors.Join(err, err2)
			},
			func(s *app.Servicio) error { _, err := s.Registrar(t.Context(), altaDe("berta"), red); return err },
		},
		"registrar": {
			func(s *app.Servicio, red string, i int) error {
				_, err := s.Registrar(t.Context(), altaDe(fmt.Sprint("cliente-", i, "-", red[len(red)-1:])), red)
				return err
			},
			func(s *app.Servicio, quien domain.Solicitante, p app.Propio) error {
				_, err := s.Registrar(t.Context(), altaDe("carla"), p.Red)
				return err
			},
			func(s *app.Servicio) error { _, err := s.Entrar(t.Context(), como("ana", contrasena)); return err },
		},
	} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			e := nuevo(t)
			quien, propio := e.propio(t, e.registrar(t, "ana"))
			l := &lenta{Usuarios: e.almacen, Registros: e.almacen, abierta: make(chan struct{})}
			d := e.d
			if nombre == "entrar" {
				d.Usuarios = l
			} else {
				d.Registros = l
			}
			s := app.New(d)
			var todas sync.WaitGroup
			var rechazadas atomic.Int64
			for _, desde := range []string{red, "192.0.2.2"} {
				for i := range 100 {
					todas.Go(func() {
						if err := c.pedir(s, desde, i); errors.Is(err, fault.ErrUnavailable) {
							assert.Positive(t, fault.From(err).RetryAfter)
							rechazadas.Add(1)
						}
					})
				}
			}
			require.Eventually(t, func() bool { return l.dentro.Load() == 128 && rechazadas.Load() == 72 }, 10*time.Second,
				time.Millisecond,
				"64 of each network are under way, the others are refused at once")
			require.ErrorIs(t, c.otros(s, quien, propio), fault.ErrUnavailable)
			require.NoError(t, c.aun(s))
			close(l.abierta)
			todas.Wait()
			err := c.pedir(s, "192.0.2.3", 1000)
			assert.NotErrorIs(t, err, fault.ErrUnavailable)
			require.NotErrorIs(t, c.otros(s, quien, propio), fault.ErrUnavailable, "a finished request frees its place")
		})
	}
}

func TestServicio_Registrar_hasta_el_limite_de_su_red(t *testing.T) {
	t.Parallel()
	e := nuevo(t)
	e.d.MaxRegistros = 2
	e.Servicio = app.New(e.d)
	e.registrar(t, "ana")
	_, err := e.Registrar(t.Context(), altaDe("ana"), red)
	require.ErrorIs(t, err, domain.ErrUsuarioExiste, "a refused registration is not counted")
	e.registrar(t, "berta")

	cifradas := e.claves.cifradas
	_, err = e.Registrar(t.Context(), altaDe("carla"), red)
	require.ErrorIs(t, err, domain.ErrRegistros)
	assert.Equal(t, 24*time.Hour, fault.From(err).RetryAfter)
	assert.Equal(t, cifradas, e.claves.cifradas, "a refused request computes no hash")
	_, err = e.Registrar(t.Context(), altaDe("carla"), "192.0.2.2")
	require.NoError(t, err)
	_, err = e.CrearAdmin(t.Context(), altaDe("jefa"))
	require.NoError(t, err, "the limit is for clients")

	require.NoError(t, e.Limpiar(t.Context()))
	_, err = e.Registrar(t.Context(), altaDe("delia"), red)
	require.ErrorIs(t, err, domain.ErrRegistros, "accounts that still count are not removed")
	e.ahora = e.ahora.Add(24 * time.Hour)
	require.NoError(t, e.Limpiar(t.Context()))
	var filas int
	require.NoError(t, e.base.Read().QueryRow(t.Context(), "SELECT count(*) FROM registros").Scan(&filas))
	assert.Zero(t, filas)
	e.registrar(t, "delia")
	var guardada string
	require.NoError(t, e.base.Read().QueryRow(t.Context(), "SELECT red FROM registros").Scan(&guardada))
	assert.NotContains(t, guardada, red, "no address is stored")
}

// plazos is storage that notes how much time each use of it has.
type plazos struct {
	ports.Intentos
	ports.Sesiones
	acertar, rotar time.Duration
}

func (p *plazos) Acertar(ctx context.Context, intento int64, de domain.Ambitos, ahora time.Time) error {
	p.acertar = queda(ctx)
	return p.Intentos.Acertar(ctx, intento, de, ahora)
}

func (p *plazos) Rotar(ctx context.Context, usado, nuevo string, ahora, hasta time.Time) (domain.Sesion, *domain.Usuario, error) {
	p.rotar = queda(ctx)
	return p.Sesiones.Rotar(ctx, usado, nuevo, ahora, hasta)
}

// queda is the time that is left, at most an hour.
func queda(ctx context.Context) time.Duration {
	fin, hay := ctx.Deadline()
	if !hay {
		return time.Hour
	}
	return time.Until(fin)
}

// The answer of a database may be lost without a sign. What became of a guess is written also when its client leaves, and not for
// longer than its time; who exchanges a refresh token hears soon enough to send it again.
func TestServicio_plazos(t *testing.T) {
	t.Parallel()
	e := nuevo(t)
	e.registrar(t, "ana")
	d, p := e.d, &plazos{Intentos: e.almacen, Sesiones: e.almacen}
	d.Intentos, d.Sesiones = p, p
	s := app.New(d)
	tokens, err := s.Entrar(t.Context(), como("ana", contrasena))
	require.NoError(t, err)
	_, err = s.Refrescar(t.Context(), tokens.Refresco)
	require.NoError(t, err)
	assert.LessOrEqual(t, p.acertar, 2*time.Second)
	assert.LessOrEqual(t, p.rotar, domain.GraciaRefresco/2)
}
