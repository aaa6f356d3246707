package app_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/adapters/argon"
	"github.com/tienda-go/tienda/auth/adapters/bunstore"
	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

const (
	contrasena = "correcto caballo"
	red        = "192.0.2.1" // of every client, unless a test sets another
	secreto    = config.Secret("q3Jc0m2ZVt8rWnLk5yHhBdXs1uEfGa7PoIvTzNx4KwM")
)

// minimos make a hash fast.
var minimos = argon.Parametros{Memoria: 64, Tiempo: 1, Hilos: 1}

// espia records which hashes were compared, and counts the new ones.
type espia struct {
	ports.Contrasenas
	mu         sync.Mutex
	comparados []string
	cifradas   int
	alCifrar   func() // runs meanwhile; nil = nothing
	comparado  func() // runs after a comparison; nil = nothing
}

func (e *espia) Comprobar(
	ctx context.Context, s ports.Solicitud, formas []string, hash string, antes func() error,
) (ok, debil bool, err error) {
	e.mu.Lock()
	e.comparados = append(e.comparados, hash)
	e.mu.Unlock()
	ok, debil, err = e.Contrasenas.Comprobar(ctx, s, formas, hash, antes)
	if e.comparado != nil {
		e.comparado()
	}
	return ok, debil, err
}

func (e *espia) Cifrar(ctx context.Context, s ports.Solicitud, contrasena string) (string, error) {
	e.mu.Lock()
	e.cifradas++
	e.mu.Unlock()
	if e.alCifrar != nil {
		e.alCifrar()
	}
	return e.Contrasenas.Cifrar(ctx, s, contrasena)
}

// como are credentials, always from the same address.
func como(nombre, contrasena string) app.Credenciales {
	return app.Credenciales{NombreOEmail: nombre, Contrasena: contrasena, Direccion: red, Red: red}
}

// firmadorDePrueba signs nothing and records the content of the last token.
type firmadorDePrueba struct {
	mu     sync.Mutex
	ultimo ports.DatosDeToken
}

func (f *firmadorDePrueba) Firmar(_ context.Context, t ports.DatosDeToken) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ultimo = t
	return "token", nil
}

func (f *firmadorDePrueba) Rotar(context.Context, *domain.Solicitante) (string, error) {
	return "kid", nil
}

// sucesor derives refresh tokens as the service does.
var sucesor = func() func(string) string {
	f, err := app.NuevoSucesor("una clave que solo vale aquí")
	if err != nil {
		panic(err)
	}
	return f
}()

// entorno is the application over SQLite with a clock of its own.
type entorno struct {
	*app.Servicio
	almacen *bunstore.Almacen
	base    *database.DB
	claves  *espia
	firmas  *firmadorDePrueba
	d       app.Dependencias
	ahora   time.Time
}

// esquema gives each test a database with the tables.
var esquema = dbtest.NewSchema(bunstore.Migrations())

func nuevo(t *testing.T) *entorno {
	t.Helper()
	db := esquema.Open(t, esquema.SQLite(t), database.Options{})
	e := &entorno{
		almacen: bunstore.New(db), base: db, claves: &espia{Contrasenas: argon.New(minimos)}, firmas: &firmadorDePrueba{},
		ahora: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
	}
	e.d = app.Dependencias{
		Usuarios: e.almacen, Actores: e.almacen, Administradores: e.almacen, Sesiones: e.almacen, Revocaciones: e.almacen,
		Intentos: e.almacen, Registros: e.almacen, Auditoria: e.almacen, Contrasenas: e.claves, Firmador: e.firmas,
		Reloj: func() time.Time { return e.ahora }, NuevoID: uuid.NewString, VidaToken: 15 * time.Minute, Sucesor: sucesor,
		Log:      slog.New(slog.DiscardHandler),
		Secretos: map[string]config.Secret{"productos": secreto + "1", "inventario": secreto + "2", "pedidos": secreto + "3"},
	}
	e.Servicio = app.New(e.d)
	return e
}

// conContrasenas is the same application with another hasher.
func (e *entorno) conContrasenas(p argon.Parametros) *app.Servicio {
	d := e.d
	d.Contrasenas = argon.New(p)
	return app.New(d)
}

func (e *entorno) registrar(t *testing.T, nombre string) *domain.Usuario {
	t.Helper()
	u, err := e.Registrar(t.Context(), domain.Alta{Nombre: nombre, Email: nombre + "@example.com", Contrasena: contrasena}, red)
	require.NoError(t, err)
	return u
}

func (e *entorno) entrar(t *testing.T, nombre string) app.Tokens {
	t.Helper()
	tokens, err := e.Entrar(t.Context(), como(nombre, contrasena))
	require.NoError(t, err)
	return tokens
}

// propio is u in a new session, with the right password.
func (e *entorno) propio(t *testing.T, u *domain.Usuario) (domain.Solicitante, app.Propio) {
	t.Helper()
	e.entrar(t, u.Nombre())
	quien := domain.Solicitante{UsuarioID: u.ID(), Sesion: e.firmas.ultimo.Sesion, Emitido: e.ahora, Direccion: red}
	return quien, app.Propio{Actual: contrasena, Red: red}
}

func (e *entorno) hash(t *testing.T, id int64) string {
	t.Helper()
	u, err := e.almacen.Obtener(t.Context(), id)
	require.NoError(t, err)
	return u.Hash()
}

// cerrar closes an account, as an administrator does.
func (e *entorno) cerrar(t *testing.T, id int64) {
	t.Helper()
	_, err := e.base.Write().Exec(t.Context(), "UPDATE usuarios SET activo = FALSE WHERE id = $1", id)
	require.NoError(t, err)
}

// cambiarRol gives an account another role, without the rule that one administrator stays.
func (e *entorno) cambiarRol(t *testing.T, id int64, rol domain.Rol) {
	t.Helper()
	_, err := e.almacen.Actualizar(t.Context(), id, func(u *domain.Usuario) error { return u.CambiarRol(rol, e.ahora) })
	require.NoError(t, err)
}

func TestServicio_Registrar(t *testing.T) {
	t.Parallel()
	t.Run("siempre_un_cliente", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		u, err := e.Registrar(t.Context(), domain.Alta{
			Nombre: "Ana", Email: "Ana@Example.com", Contrasena: contrasena, Rol: domain.RolAdmin,
		}, red)
		require.NoError(t, err)
		assert.Equal(t, domain.RolCliente, u.Rol())
		assert.Equal(t, "ana", u.Nombre())
		assert.True(t, strings.HasPrefix(e.hash(t, u.ID()), "$argon2id$"))

		_, err = e.Registrar(t.Context(),
			domain.Alta{Nombre: "admin", Email: "a@example.com", Contrasena: contrasena, NombreReservado: true}, red)
		require.ErrorIs(t, err, fault.ErrInvalid)
	})
	t.Run("lo_que_no_vale_no_se_cifra", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		_, err := e.Registrar(t.Context(),
			domain.Alta{Nombre: "ana", Email: "ana@example.com", Contrasena: strings.Repeat("x", 60_000)}, red)
		require.ErrorIs(t, err, fault.ErrInvalid)
		assert.Zero(t, e.claves.cifradas)
	})
}

func TestServicio_Entrar(t *testing.T) {
	t.Parallel()
	t.Run("el_testimonio_es_del_usuario_y_de_su_sesion", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		e.registrar(t, "ana")
		tokens := e.entrar(t, "ana")
		primero := e.firmas.ultimo
		assert.Equal(t, ports.DatosDeToken{
			Sujeto: "1", Audiencia: "tienda", Sesion: primero.Sesion, Alcances: domain.RolCliente.Alcances(), Vida: 15 * time.Minute,
			Fecha: e.ahora,
		}, primero)
		assert.NotEmpty(t, primero.Sesion)
		assert.Len(t, tokens.Refresco, 43, "256 random bits")

		_, err := e.Refrescar(t.Context(), tokens.Refresco)
		require.NoError(t, err)
		assert.Equal(t, primero.Sesion, e.firmas.ultimo.Sesion, "a refresh stays in its session")
		e.entrar(t, "ana")
		assert.NotEqual(t, primero.Sesion, e.firmas.ultimo.Sesion, "a login opens another")
	})
	t.Run("por_correo_en_cualquier_caja", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		_, err := e.Registrar(t.Context(), domain.Alta{Nombre: "ana", Email: "Stra\u00dfe@Example.com", Contrasena: contrasena}, red)
		require.NoError(t, err)
		for _, escrito := range []string{"ana", " ANA ", "ＡＮＡ", "stra\u00dfe@example.com", "STRA\u1e9eE@EXAMPLE.COM",
			" Stra\u00dfe@Example.com "} {
			_, err := e.Entrar(t.Context(), como(escrito, contrasena))
			assert.NoError(t, err, escrito)
		}
	})
	t.Run("lo_mismo_y_con_el_mismo_trabajo_para_todo_lo_que_falla", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		hash := e.hash(t, e.registrar(t, "ana").ID())
		e.cerrar(t, e.registrar(t, "cerrada").ID())
		cerrada := e.hash(t, 2)
		for nombre, c := range map[string]struct{ usuario, contrasena, comparado string }{
			"desconocido":        {"nadie", contrasena, ""},
			"sin_nombre":         {"", contrasena, ""},
			"contrasena_erronea": {"ana", "otra distinta", hash},
			"otra_caja":          {"ana", "Correcto Caballo", hash},
			"vacia":              {"ana", "", ""},
			"corta":              {"ana", "corta", ""},
			"larguisima":         {"ana", strings.Repeat("x", 10_000), ""},
			"nombre_larguisimo":  {strings.Repeat("x", 10_000), contrasena, ""},
			"cuenta_cerrada":     {"cerrada", contrasena, cerrada},
		} {
			e.claves.comparados = nil
			_, err := e.Entrar(t.Context(), como(c.usuario, c.contrasena))
			assert.Equal(t, domain.CredencialesInvalidas(), err, nombre)
			assert.Equal(t, []string{c.comparado}, e.claves.comparados, "%s: one comparison in every case", nombre)
		}
	})
	t.Run("lo_tecleado_de_otra_manera_es_la_misma_contrasena", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		const nfc, nfd = "contrase\u00f1a de a\u00f1os", "contrasen\u0303a de an\u0303os"
		_, err := e.Registrar(t.Context(), domain.Alta{Nombre: "ana", Email: "ana@example.com", Contrasena: nfd}, red)
		require.NoError(t, err)
		for _, tecleada := range []string{nfc, nfd, "contrase\u00f1a de a\uff4e\u0303os"} {
			_, err := e.Entrar(t.Context(), como("ana", tecleada))
			assert.NoError(t, err, "%+q", tecleada)
		}
		u := e.registrar(t, "antigua") // an older account: its hash is of the bytes as typed
		antigua, err := argon.New(minimos).Cifrar(t.Context(), ports.Solicitud{}, nfd)
		require.NoError(t, err)
		_, err = e.d.Usuarios.Actualizar(t.Context(), u.ID(), func(u *domain.Usuario) error {
			u.CambiarHash(antigua, time.Now())
			return nil
		})
		require.NoError(t, err)
		_, err = e.Entrar(t.Context(), como("antigua", nfc))
		require.ErrorIs(t, err, domain.ErrCredenciales, "the same text in a form that was never typed is another password")
		_, err = e.Entrar(t.Context(), como("antigua", nfd))
		require.NoError(t, err)
		assert.NotEqual(t, antigua, e.hash(t, u.ID()), "the password is hashed again")
		_, err = e.Entrar(t.Context(), como("antigua", nfc))
		require.NoError(t, err, "after that, both forms are accepted")
	})
	t.Run("un_hash_debil_se_refuerza", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		u := e.registrar(t, "ana")
		viejo := e.hash(t, u.ID())
		hoy := e.conContrasenas(argon.Parametros{Memoria: 128, Tiempo: 2, Hilos: 1})
		_, err := hoy.Entrar(t.Context(), como("ana", "otra distinta"))
		require.ErrorIs(t, err, domain.ErrCredenciales)
		assert.Equal(t, viejo, e.hash(t, u.ID()), "only the right password changes the hash")

		_, err = hoy.Entrar(t.Context(), como("ana", contrasena))
		require.NoError(t, err)
		reforzado := e.hash(t, u.ID())
		assert.Contains(t, reforzado, "$m=128,t=2,p=1$")
		_, err = hoy.Entrar(t.Context(), como("ana", contrasena))
		require.NoError(t, err)
		assert.Equal(t, reforzado, e.hash(t, u.ID()), "once")
		_, err = e.Entrar(t.Context(), como("ana", contrasena))
		require.NoError(t, err, "an older instance accepts the new hash")
		assert.Equal(t, reforzado, e.hash(t, u.ID()), "an older instance does not make the hash weaker")
	})
	t.Run("reforzar_no_deshace_una_contrasena_nueva", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		u := e.registrar(t, "ana")
		quien, propio := e.propio(t, u)
		d := e.d
		d.Contrasenas = &espia{
			Contrasenas: argon.New(argon.Parametros{Memoria: 128, Tiempo: 1, Hilos: 1}),
			alCifrar: func() {
				_, err := e.CambiarContrasena(t.Context(), quien, propio, "otro caballo distinto")
				assert.NoError(t, err)
			},
		}
		_, err := app.New(d).Entrar(t.Context(), como("ana", contrasena))
		require.ErrorIs(t, err, domain.ErrCredenciales)
		_, err = e.Entrar(t.Context(), como("ana", "otro caballo distinto"))
		require.NoError(t, err)
		_, err = e.Entrar(t.Context(), como("ana", contrasena))
		require.ErrorIs(t, err, domain.ErrCredenciales)
	})
	t.Run("quien_entra_mientras_la_contrasena_cambia_se_queda_fuera", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		u := e.registrar(t, "ana")
		quien, propio := e.propio(t, u)
		d := e.d
		var una sync.Once
		d.Contrasenas = &espia{Contrasenas: e.claves.Contrasenas, comparado: func() {
			una.Do(func() {
				_, err := e.CambiarContrasena(t.Context(), quien, propio, "otro caballo distinto")
				assert.NoError(t, err)
			})
		}}
		_, err := app.New(d).Entrar(t.Context(), como("ana", contrasena))
		require.ErrorIs(t, err, domain.ErrCredenciales, "else its session would stay after a change that ends all sessions")
	})
	t.Run("quien_entra_mientras_su_rol_cambia_tiene_el_nuevo", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		u := e.registrar(t, "ana")
		e.registrar(t, "jefa")
		e.cambiarRol(t, u.ID(), domain.RolAdmin)
		d := e.d
		d.Contrasenas = &espia{Contrasenas: e.claves.Contrasenas, comparado: func() {
			e.ahora = e.ahora.Add(time.Second) // the comparison waited for its turn
			e.cambiarRol(t, u.ID(), domain.RolCliente)
			e.ahora = e.ahora.Add(5 * time.Second)
		}}
		_, err := app.New(d).Entrar(t.Context(), como("ana", contrasena))
		require.NoError(t, err)
		assert.Equal(t, domain.RolCliente.Alcances(), e.firmas.ultimo.Alcances,
			"else the user would be an administrator until that token expires")
	})
	t.Run("de_veinte_que_refuerzan_a_la_vez_entran_todos", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		e.registrar(t, "ana")
		hoy := e.conContrasenas(argon.Parametros{Memoria: 128, Tiempo: 1, Hilos: 1})
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				_, err := hoy.Entrar(t.Context(), como("ana", contrasena))
				for errors.Is(err, fault.ErrUnavailable) { // on a slow machine the queue is short, and the client must retry
					time.Sleep(10 * time.Millisecond)
					_, err = hoy.Entrar(t.Context(), como("ana", contrasena))
				}
				assert.NoError(t, err, "a login that another login overtook has the right password too")
			})
		}
		wg.Wait()
	})
	t.Run("una_base_caida_no_es_una_contrasena_erronea", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		e.registrar(t, "ana")
		require.NoError(t, e.base.Close())
		_, err := e.Entrar(t.Context(), como("ana", contrasena))
		assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
		_, err = e.Refrescar(t.Context(), "token")
		assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
		assert.Equal(t, fault.Unavailable, fault.CodeOf(e.Salir(t.Context(), "token")))
	})
}

func TestServicio_Refrescar(t *testing.T) {
	t.Parallel()
	t.Run("de_cincuenta_a_la_vez_queda_una_cadena", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		e.registrar(t, "ana")
		token := e.entrar(t, "ana").Refresco
		var mu sync.Mutex
		var nuevos []string
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				tokens, err := e.Refrescar(t.Context(), token)
				if !assert.NoError(t, err) {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				nuevos = append(nuevos, tokens.Refresco)
			})
		}
		wg.Wait()
		require.Len(t, slices.Compact(nuevos), 1, "all get the same successor")
		_, err := e.Refrescar(t.Context(), nuevos[0])
		require.NoError(t, err)
	})
	t.Run("reutilizado_tarde_termina_la_familia", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		e.registrar(t, "ana")
		robado := e.entrar(t, "ana").Refresco
		tokens, err := e.Refrescar(t.Context(), robado)
		require.NoError(t, err)
		e.ahora = e.ahora.Add(11 * time.Second)
		_, err = e.Refrescar(t.Context(), robado)
		require.ErrorIs(t, err, domain.ErrSesionTerminada)
		_, err = e.Refrescar(t.Context(), tokens.Refresco)
		require.ErrorIs(t, err, domain.ErrSesionTerminada)
	})
	t.Run("los_alcances_son_los_de_hoy", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		e.registrar(t, "ana")
		token := e.entrar(t, "ana").Refresco
		_, err := e.base.Write().Exec(t.Context(), "UPDATE usuarios SET rol = 'almacen'")
		require.NoError(t, err)
		_, err = e.Refrescar(t.Context(), token)
		require.NoError(t, err)
		assert.Equal(t, domain.RolAlmacen.Alcances(), e.firmas.ultimo.Alcances)
	})
	t.Run("de_una_cuenta_cerrada", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		u := e.registrar(t, "ana")
		quien, _ := e.propio(t, u)
		token := e.entrar(t, "ana").Refresco
		e.cerrar(t, u.ID())
		_, err := e.Refrescar(t.Context(), token)
		require.ErrorIs(t, err, domain.ErrSesionTerminada)
		_, err = e.Perfil(t.Context(), quien)
		require.ErrorIs(t, err, fault.ErrUnauthenticated)
	})
	t.Run("en_la_base_solo_hay_hashes", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		e.registrar(t, "ana")
		token := e.entrar(t, "ana").Refresco
		var hash string
		require.NoError(t, e.base.Read().QueryRow(t.Context(), "SELECT hash FROM refrescos").Scan(&hash))
		assert.Len(t, hash, 64)
		assert.NotContains(t, hash, token)
	})
}

func TestServicio_CambiarContrasena(t *testing.T) {
	t.Parallel()
	const nueva = "otro caballo distinto"
	e := nuevo(t)
	u := e.registrar(t, "ana")
	quien, propio := e.propio(t, u)
	otra := e.entrar(t, "ana")
	intento := propio
	for nombre, actual := range map[string]string{"erronea": "otra distinta", "vacia": "",
		"larguisima": strings.Repeat("x", 10_000)} {
		intento.Actual = actual
		_, err := e.CambiarContrasena(t.Context(), quien, intento, nueva)
		require.ErrorIs(t, err, domain.ErrContrasenaActual, nombre)
		_, err = e.CambiarEmail(t.Context(), quien, intento, "otra@example.com")
		require.ErrorIs(t, err, domain.ErrContrasenaActual, nombre)
	}
	for nombre, mala := range map[string]string{"corta": "corta", "comun": "password1", "su_nombre": "ANA@example.com"} {
		_, err := e.CambiarContrasena(t.Context(), quien, propio, mala)
		require.ErrorIs(t, err, fault.ErrInvalid, nombre)
		assert.Equal(t, "nueva", fault.From(err).Fields[0].Campo)
	}
	otra, err := e.Refrescar(t.Context(), otra.Refresco)
	require.NoError(t, err, "a refused request ends no session")

	tokens, err := e.CambiarContrasena(t.Context(), quien, propio, nueva)
	require.NoError(t, err)
	_, err = e.Refrescar(t.Context(), otra.Refresco)
	require.ErrorIs(t, err, domain.ErrSesionTerminada)
	assert.NotEqual(t, quien.Sesion, e.firmas.ultimo.Sesion, "the session that changed it ended too")
	assert.True(t, e.firmas.ultimo.Fecha.After(e.ahora), "the new token is not revoked")
	_, err = e.Perfil(t.Context(), quien)
	require.ErrorIs(t, err, fault.ErrUnauthenticated)
	_, err = e.Refrescar(t.Context(), tokens.Refresco)
	require.NoError(t, err, "the caller got a new session")
	_, err = e.Entrar(t.Context(), como("ana", contrasena))
	require.ErrorIs(t, err, domain.ErrCredenciales)
	_, err = e.Entrar(t.Context(), como("ana", nueva))
	require.NoError(t, err)
}

// A wrong current password counts as a wrong login does, with the same counters.
func TestServicio_CambiarContrasena_adivinar_se_frena(t *testing.T) {
	t.Parallel()
	e := nuevo(t)
	quien, propio := e.propio(t, e.registrar(t, "ana"))
	mala := propio
	mala.Actual = "otra distinta"
	for i := range domain.MaxIntentos {
		var err error
		switch i % 3 {
		case 0:
			_, err = e.CambiarContrasena(t.Context(), quien, mala, "otro caballo distinto")
		case 1:
			_, err = e.CambiarEmail(t.Context(), quien, mala, "otra@example.com")
		default:
			_, err = e.Entrar(t.Context(), como("ana", "otra distinta"))
		}
		require.NotErrorIs(t, err, domain.ErrIntentos, i)
	}
	_, err := e.CambiarContrasena(t.Context(), quien, propio, "otro caballo distinto")
	require.ErrorIs(t, err, domain.ErrIntentos, "the right password is refused too")
	_, err = e.CambiarEmail(t.Context(), quien, propio, "otra@example.com")
	require.ErrorIs(t, err, domain.ErrIntentos)
}

func TestServicio_CambiarContrasena_de_dos_a_la_vez_vale_una(t *testing.T) {
	t.Parallel()
	e := nuevo(t)
	u := e.registrar(t, "ana")
	quien, propio := e.propio(t, u)
	nuevas := []string{"el primer caballo", "el segundo caballo", "el tercer caballo", "el cuarto caballo"}
	errs := make([]error, len(nuevas))
	var wg sync.WaitGroup
	for i, nueva := range nuevas {
		wg.Go(func() { _, errs[i] = e.CambiarContrasena(t.Context(), quien, propio, nueva) })
	}
	wg.Wait()
	cambiadas := 0
	for i, nueva := range nuevas {
		_, err := e.Entrar(t.Context(), como("ana", nueva))
		if errs[i] != nil {
			assert.Contains(t, []fault.Code{fault.Forbidden, fault.Unauthenticated}, fault.CodeOf(errs[i]), errs[i])
			require.ErrorIs(t, err, domain.ErrCredenciales)
			continue
		}
		require.NoError(t, err, "a confirmed change is stored")
		cambiadas++
	}
	assert.Equal(t, 1, cambiadas)
}

func TestServicio_CrearPrimerAdmin(t *testing.T) {
	t.Parallel()
	admin := domain.Alta{Nombre: "admin", Email: "admin@example.com", Contrasena: contrasena}
	t.Run("uno_de_varios_procesos", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		var hechos []bool
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				hecho, err := e.CrearPrimerAdmin(t.Context(), admin)
				assert.NoError(t, err)
				mu.Lock()
				defer mu.Unlock()
				if hecho {
					hechos = append(hechos, hecho)
				}
			})
		}
		wg.Wait()
		assert.Len(t, hechos, 1)
		_, err := e.Entrar(t.Context(), como("admin", contrasena))
		require.NoError(t, err)
		assert.Equal(t, domain.RolAdmin.Alcances(), e.firmas.ultimo.Alcances)
	})
	t.Run("las_reglas_valen_para_el_tambien", func(t *testing.T) {
		t.Parallel()
		mala := admin
		mala.Contrasena = "12345678"
		_, err := nuevo(t).CrearPrimerAdmin(t.Context(), mala)
		require.ErrorIs(t, err, fault.ErrInvalid)
	})
	t.Run("nadie_pasa_a_serlo_por_llamarse_asi", func(t *testing.T) {
		t.Parallel()
		e := nuevo(t)
		e.registrar(t, "ana")
		hecho, err := e.CrearPrimerAdmin(t.Context(), domain.Alta{Nombre: "ana", Email: "otra@example.com", Contrasena: contrasena})
		require.ErrorContains(t, err, "ADMIN_USERNAME")
		assert.False(t, hecho)
	})
}

func TestServicio_EmitirTokenDeServicio(t *testing.T) {
	t.Parallel()
	e := nuevo(t)
	t.Run("lo_que_el_cliente_puede_alli", func(t *testing.T) {
		for _, c := range []struct{ cliente, secreto, audiencia, alcance, concedido string }{
			{"pedidos", "3", "inventario", "", "inventario:reservar"},
			{"pedidos", "3", "inventario", "inventario:reservar", "inventario:reservar"},
			{"pedidos", "3", "auth", "", "revocaciones:leer"},
			{"pedidos", "3", "productos", "", "productos:leer"},
			{"inventario", "2", "productos", "", "productos:leer"},
			{"productos", "1", "productos", "", ""},
			{"inventario", "2", "auth", "", "revocaciones:leer"},
			{"productos", "1", "inventario", "", ""},
		} {
			token, err := e.EmitirTokenDeServicio(t.Context(), app.PedirToken{
				Cliente: c.cliente, Secreto: secreto.Reveal() + c.secreto, Audiencia: c.audiencia, Alcance: c.alcance,
			})
			require.NoError(t, err)
			assert.Equal(t, c.concedido, token.Alcance)
			assert.LessOrEqual(t, token.Vida, 5*time.Minute)
			assert.Equal(t, ports.DatosDeToken{
				Sujeto: "servicio:" + c.cliente, Audiencia: c.audiencia, Alcances: domain.AlcancesDeServicio(c.cliente, c.audiencia),
				Vida: token.Vida,
			}, e.firmas.ultimo)
		}
	})
	t.Run("rechazos", func(t *testing.T) {
		for nombre, c := range map[string]struct {
			p     app.PedirToken
			kind  error
			error string
		}{
			"secreto_de_otro": {app.PedirToken{Cliente: "pedidos", Secreto: secreto.Reveal() + "1", Audiencia: "inventario"},
				domain.ErrClienteInvalido, "invalid_client"},
			"sin_secreto": {app.PedirToken{Cliente: "pedidos", Audiencia: "inventario"}, domain.ErrClienteInvalido,
				"invalid_client"},
			"desconocido": {app.PedirToken{Cliente: "auth", Audiencia: "inventario"}, domain.ErrClienteInvalido, "invalid_client"},
			"nadie":       {app.PedirToken{Audiencia: "inventario"}, domain.ErrClienteInvalido, "invalid_client"},
			"audiencia": {app.PedirToken{Cliente: "pedidos", Secreto: secreto.Reveal() + "3", Audiencia: "tienda"},
				domain.ErrPeticionDeToken, "invalid_target"},
			"alcance_de_otro": {app.PedirToken{Cliente: "productos", Secreto: secreto.Reveal() + "1", Audiencia: "inventario",
				Alcance: "inventario:reservar"}, domain.ErrPeticionDeToken, "invalid_scope"},
			"alcance_de_usuarios": {app.PedirToken{Cliente: "pedidos", Secreto: secreto.Reveal() + "3", Audiencia: "inventario",
				Alcance: "inventario:reservar inventario:escribir"}, domain.ErrPeticionDeToken, "invalid_scope"},
			"ningun_alcance": {app.PedirToken{Cliente: "pedidos", Secreto: secreto.Reveal() + "3", Audiencia: "inventario",
				Alcance: " "}, domain.ErrPeticionDeToken, "invalid_scope"},
		} {
			_, err := e.EmitirTokenDeServicio(t.Context(), c.p)
			require.ErrorIs(t, err, c.kind, nombre)
			assert.Equal(t, c.error, fault.From(err).Extra["error"], nombre)
		}
	})
	t.Run("un_secreto_sin_poner_no_abre", func(t *testing.T) {
		d := e.d
		d.Secretos = map[string]config.Secret{"pedidos": ""}
		_, err := app.New(d).EmitirTokenDeServicio(t.Context(), app.PedirToken{Cliente: "pedidos", Audiencia: "inventario"})
		assert.True(t, errors.Is(err, domain.ErrClienteInvalido))
	})
}
