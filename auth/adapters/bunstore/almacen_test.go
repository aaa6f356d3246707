package bunstore_test

import (
	"context"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/adapters/bunstore"
	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
	"github.com/tienda-go/tienda/auth/ports/portstest"
)

// esquema gives each test a database with the tables.
var esquema = dbtest.NewSchema(bunstore.Migrations())

// abrir returns a migrated database behind url.
func abrir(t *testing.T, url string) *database.DB {
	t.Helper()
	return esquema.Open(t, url, database.Options{})
}

func TestAlmacen(t *testing.T) {
	t.Parallel()
	for motor, url := range map[string]func(testing.TB) string{"sqlite": esquema.SQLite, "postgres": esquema.Postgres} {
		nuevo := func(t *testing.T) portstest.Almacen { return bunstore.New(abrir(t, url(t))) }
		for puerto, suite := range map[string]func(*testing.T, portstest.Nuevo){
			"usuarios": portstest.UsuariosSuite, "administradores": portstest.AdministradoresSuite,
			"sesiones": portstest.SesionesSuite, "claves": portstest.ClavesSuite, "gestion": portstest.GestionSuite,
			"auditoria": portstest.AuditoriaSuite, "actores": portstest.ActoresSuite, "limites": portstest.LimitesSuite,
			"intentos": portstest.IntentosSuite,
		} {
			t.Run(motor+"/"+puerto, func(t *testing.T) {
				t.Parallel()
				suite(t, nuevo)
			})
		}
		t.Run(motor+"/registros", func(t *testing.T) {
			t.Parallel()
			portstest.RegistrosSuite(t, nuevo, func(t *testing.T) [2]portstest.Almacen {
				u := url(t)
				return [2]portstest.Almacen{bunstore.New(abrir(t, u)), bunstore.New(abrir(t, u))}
			})
		})
	}
}

func TestAlmacen_base_caida_no_esta_disponible(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		a := bunstore.New(db)
		require.NoError(t, db.Close())
		ctx, ahora := t.Context(), portstest.Ahora
		for nombre, llamar := range map[string]func() error{
			"Crear":      func() error { return a.Crear(ctx, portstest.NuevoUsuario("ana", domain.RolCliente)) },
			"Obtener":    func() error { _, err := a.Obtener(ctx, 1); return err },
			"Buscar":     func() error { _, err := a.Buscar(ctx, domain.NormalizarIdentificador("ana")); return err },
			"Actualizar": func() error { _, err := a.Actualizar(ctx, 1, func(*domain.Usuario) error { return nil }); return err },
			"CrearPrimero": func() error {
				_, err := a.CrearPrimero(ctx, portstest.NuevoUsuario("jefa", domain.RolAdmin))
				return err
			},
			"HayAdmin": func() error { _, err := a.HayAdmin(ctx); return err },
			"Abrir":    func() error { _, err := a.Abrir(ctx, domain.NewSesion("s", 1, ahora, time.Hour), "h", "p"); return err },
			"Rotar":    func() error { _, _, err := a.Rotar(ctx, "h", "n", ahora, portstest.TokensHasta); return err },
			"Terminar": func() error { return a.Terminar(ctx, "h", ahora) },
			"Gestionar": func() error {
				_, err := a.Gestionar(ctx, domain.Solicitante{}, ahora, 1, func(*domain.Usuario) error { return nil })
				return err
			},
			"Comprobar": func() error { _, err := a.Comprobar(ctx, domain.Solicitante{}, "", ahora); return err },
			"ActualizarPropio": func() error {
				_, err := a.ActualizarPropio(ctx, domain.Solicitante{}, ahora, func(*domain.Usuario) error { return nil })
				return err
			},
			"Listar":           func() error { _, err := a.Listar(ctx, ports.Filtro{Limite: 1}); return err },
			"Revocadas":        func() error { _, err := a.Revocadas(ctx, ahora, ahora, ""); return err },
			"Reservar":         func() error { _, err := a.Reservar(ctx, domain.Ambitos{}, ahora); return err },
			"Acertar":          func() error { return a.Acertar(ctx, 1, domain.Ambitos{}, ahora) },
			"Olvidar":          func() error { return a.Olvidar(ctx, ahora) },
			"PermitirRegistro": func() error { return a.PermitirRegistro(ctx, domain.Cupo{Maximo: 1}, ahora) },
			"Registrar": func() error {
				return a.Registrar(ctx, portstest.NuevoUsuario("ana", domain.RolCliente), domain.Cupo{Maximo: 1}, ahora)
			},
			"OlvidarRegistros": func() error { return a.OlvidarRegistros(ctx, ahora) },
			"CrearSiFalta":     func() error { return a.CrearSiFalta(ctx, ports.Clave{Kid: "k", CreadaEn: ahora}) },
			"Relevar":          func() error { return a.Relevar(ctx, nil, ports.Clave{Kid: "k", CreadaEn: ahora}, ahora, ahora) },
			"Todas":            func() error { _, err := a.Todas(ctx); return err },
			"AnotarFallo": func() error {
				_, err := a.AnotarFallo(ctx, domain.Hecho{Tipo: domain.Bloqueo, Cuando: ahora})
				return err
			},
			"Rastro":        func() error { _, err := a.Rastro(ctx, ports.FiltroRastro{Limite: 1}); return err },
			"OlvidarRastro": func() error { return a.OlvidarRastro(ctx, ahora) },
		} {
			err := llamar()
			assert.Equal(t, fault.Unavailable, fault.CodeOf(err), "%s: %v", nombre, err)
		}
	})
}

// The database refuses the same values as the domain.
func TestMigraciones_la_base_rechaza_lo_imposible(t *testing.T) {
	t.Parallel()
	esquema.Each(t, func(t *testing.T, url string) {
		db := abrir(t, url)
		a := bunstore.New(db)
		u := portstest.NuevoUsuario("ana", domain.RolCliente)
		require.NoError(t, a.Crear(t.Context(), u))
		_, err := a.Abrir(t.Context(), domain.NewSesion("s", u.ID(), portstest.Ahora, time.Hour), "h", u.Hash())
		require.NoError(t, err)
		require.NoError(t, a.CrearSiFalta(t.Context(), ports.Clave{Kid: "k", CreadaEn: time.Now()}))
		for sentencia, clase := range map[string]database.ViolationKind{
			"UPDATE usuarios SET hash = ''":     database.Check,
			"UPDATE usuarios SET rol = 'jefe'":  database.Check,
			"UPDATE usuarios SET version = 0":   database.Check,
			"UPDATE sesiones SET usuario_id=99": database.ForeignKey,
			"DELETE FROM usuarios":              database.ForeignKey,
			"INSERT INTO refrescos (hash, sesion_id, creado_en) VALUES ('h2', 's', '2026-01-01 00:00:00+00:00')":       database.Unique,
			"INSERT INTO claves (kid, publica, cifrada, creada_en) VALUES ('k2', '', '', '2026-01-01 00:00:00+00:00')": database.Unique,
		} {
			_, err := db.Write().Exec(t.Context(), sentencia)
			_, got, ok := database.Violation(err)
			require.True(t, ok, "%s: %v", sentencia, err)
			assert.Equal(t, clase, got, sentencia)
		}
	})
}

// A database of the first step keeps its keys: the key that signed still signs.
func TestMigraciones_las_claves_de_antes_siguen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		db, err := database.Open(t.Context(), url, database.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { _ = db.Close() })
		primero := fstest.MapFS{}
		for _, motor := range []string{"postgres", "sqlite"} {
			nombre := motor + "/0001_identidad.sql"
			sql, err := fs.ReadFile(bunstore.Migrations(), nombre)
			require.NoError(t, err)
			primero[nombre] = &fstest.MapFile{Data: sql}
		}
		require.NoError(t, db.Migrate(t.Context(), primero))
		for _, valores := range []string{"('vieja', '', '', FALSE, '2026-01-01 00:00:00+00:00')",
			"('nueva', '', '', TRUE, '2026-01-02 00:00:00+00:00')"} {
			_, err = db.Write().Exec(t.Context(), "INSERT INTO claves (kid, publica, cifrada, activa, creada_en) VALUES "+valores)
			require.NoError(t, err)
		}
		require.NoError(t, db.Migrate(t.Context(), bunstore.Migrations()))
		todas, err := bunstore.New(db).Todas(t.Context())
		require.NoError(t, err)
		require.Len(t, todas, 2)
		assert.Equal(t, "nueva", todas[0].Kid)
		assert.True(t, todas[0].Activa())
		assert.False(t, todas[1].Activa())
		assert.Equal(t, todas[1].CreadaEn, todas[1].RetiradaEn)
	})
}

// When two processes start at the same time, the second waits for the first, and then sees its administrator.
func TestCrearPrimero_espera_a_quien_va_delante(t *testing.T) {
	t.Parallel()
	db := abrir(t, esquema.Postgres(t))
	hecho := make(chan bool, 1)
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, delante database.Writer) error {
		_, err := delante.Exec(ctx, `INSERT INTO usuarios (nombre, email, hash, rol, activo, version, creado_en, actualizado_en)
			VALUES ('jefa', 'jefa@example.com', 'h', 'admin', TRUE, 1, now(), now())`)
		require.NoError(t, err)
		go func() {
			made, err := bunstore.New(db).CrearPrimero(t.Context(), portstest.NuevoUsuario("jefe", domain.RolAdmin))
			assert.NoError(t, err)
			hecho <- made
		}()
		require.Eventually(t, func() bool { return esperan(t, db) == 1 }, 10*time.Second, 5*time.Millisecond,
			"it does not look before the other has decided")
		return nil
	}))
	assert.False(t, <-hecho)
}

// A login or a refresh and a change of the role run one after the other: the content of a token was right at its iat.
func TestSesiones_esperan_a_quien_cambia_la_cuenta(t *testing.T) {
	t.Parallel()
	for nombre, entrar := range map[string]func(a *bunstore.Almacen, u *domain.Usuario) (*domain.Usuario, error){
		"abrir": func(a *bunstore.Almacen, u *domain.Usuario) (*domain.Usuario, error) {
			return a.Abrir(t.Context(), domain.NewSesion("s2", u.ID(), portstest.Ahora, time.Hour), "h2", u.Hash())
		},
		"rotar": func(a *bunstore.Almacen, _ *domain.Usuario) (*domain.Usuario, error) {
			_, u, err := a.Rotar(t.Context(), "h", "h2", portstest.Ahora, portstest.TokensHasta)
			return u, err
		},
	} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			db := abrir(t, esquema.Postgres(t))
			a := bunstore.New(db)
			u := portstest.NuevoUsuario("ana", domain.RolAlmacen)
			require.NoError(t, a.Crear(t.Context(), u))
			_, err := a.Abrir(t.Context(), domain.NewSesion("s", u.ID(), portstest.Ahora, time.Hour), "h", u.Hash())
			require.NoError(t, err)
			hecho := make(chan domain.Rol, 1)
			_, err = a.Gestionar(t.Context(), portstest.Jefa(t, a, "jefa"), portstest.Ahora, u.ID(), func(cambia *domain.Usuario) error {
				go func() {
					visto, err := entrar(a, u)
					if assert.NoError(t, err) {
						hecho <- visto.Rol()
					}
					close(hecho)
				}()
				require.Eventually(t, func() bool { return esperan(t, db) == 1 }, 10*time.Second, 5*time.Millisecond,
					"it does not read what is about to change")
				return cambia.CambiarRol(domain.RolCliente, portstest.Ahora)
			})
			require.NoError(t, err)
			assert.Equal(t, domain.RolCliente, <-hecho)
		})
	}
}

// esperan is how many transactions wait for another; other tests have other databases of the same cluster.
func esperan(t *testing.T, db *database.DB) (n int) {
	t.Helper()
	require.NoError(t, db.Read().QueryRow(t.Context(), `SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN
		(SELECT pid FROM pg_stat_activity WHERE datname = current_database())`).Scan(&n))
	return n
}
