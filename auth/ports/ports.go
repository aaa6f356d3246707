// Package ports names what the use cases of auth need from outside: storage, hashing and signing.
//
// Every implementation passes the suite of its interface in portstest. An error that a comment does not name is fault.Internal.
package ports

import (
	"context"
	"time"

	"github.com/tienda-go/tienda/auth/domain"
)

// Usuarios stores accounts.
type Usuarios interface {
	// Crear stores a new account and sets its id. domain.ErrUsuarioExiste, fault.ErrUnavailable.
	Crear(ctx context.Context, u *domain.Usuario) error
	// Obtener reads an account. domain.ErrUsuarioDesconocido, fault.ErrUnavailable.
	Obtener(ctx context.Context, id int64) (*domain.Usuario, error)
	// Buscar reads an account by its name or address. domain.ErrUsuarioDesconocido, fault.ErrUnavailable.
	Buscar(ctx context.Context, i domain.Identificador) (*domain.Usuario, error)
	// Actualizar applies change to the current account and stores the result. In the same transaction it ends the sessions that
	// domain.Usuario.TerminaSesiones names. change may run several times. domain.ErrUsuarioDesconocido, domain.ErrUsuarioExiste,
	// fault.ErrUnavailable, and what change returns.
	Actualizar(ctx context.Context, id int64, change func(*domain.Usuario) error) (*domain.Usuario, error)
}

// Actores checks in storage whether the user of a request's token may do what the request asks for.
type Actores interface {
	// Comprobar reads the caller's account. fault.ErrUnauthenticated when the account, its session or its token is no longer good,
	// fault.ErrForbidden for a service, and without the scope ("" = any user), fault.ErrUnavailable.
	Comprobar(ctx context.Context, quien domain.Solicitante, alcance string, ahora time.Time) (*domain.Usuario, error)
	// ActualizarPropio is Usuarios.Actualizar of the caller's own account; the caller is checked in the same transaction, as
	// Comprobar does. It returns the errors of Actualizar and Comprobar.
	ActualizarPropio(
		ctx context.Context, quien domain.Solicitante, ahora time.Time, change func(*domain.Usuario) error,
	) (*domain.Usuario, error)
	// Renovar is ActualizarPropio and, in the same transaction, opens the session with its first refresh token, after the change
	// has ended other sessions. It returns the errors of ActualizarPropio.
	Renovar(
		ctx context.Context, quien domain.Solicitante, s domain.Sesion, hash string, change func(*domain.Usuario) error,
	) (*domain.Usuario, error)
}

// Administradores makes the first administrator, and refuses to remove the last one.
type Administradores interface {
	// Gestionar is Usuarios.Actualizar for what an administrator changes. The caller is checked in the same transaction, as
	// Actores.Comprobar does: when two administrators close each other at the same time, only one succeeds. One active
	// administrator always stays, also with many changes at the same time: domain.ErrUltimoAdmin.
	Gestionar(
		ctx context.Context, quien domain.Solicitante, ahora time.Time, id int64, change func(*domain.Usuario) error,
	) (*domain.Usuario, error)
	// Listar reads accounts by id ascending. fault.ErrUnavailable.
	Listar(ctx context.Context, f Filtro) ([]*domain.Usuario, error)
	// CrearPrimero stores u unless an administrator exists already, and reports whether it did. When several processes do so at the
	// same time, one stores its account. domain.ErrUsuarioExiste, fault.ErrUnavailable.
	CrearPrimero(ctx context.Context, u *domain.Usuario) (bool, error)
	// HayAdmin reports whether an administrator exists. fault.ErrUnavailable.
	HayAdmin(ctx context.Context) (bool, error)
}

// Filtro says which accounts Listar reads.
type Filtro struct {
	Nombre    string               // normalized; "" = any
	Email     domain.Identificador // zero = any
	DespuesDe int64                // id
	Limite    int
}

// Sesiones stores sessions and the hashes of their refresh tokens.
type Sesiones interface {
	// Abrir stores a session with its first refresh token, provided that the account is open and its password still has this hash:
	// a change of the password at the same time either ends the session or prevents it. It returns the account, which is locked
	// meanwhile: another change is either seen, or waits until the session is stored. Above domain.MaxSesiones the oldest sessions
	// end, and when more than domain.MaxTerminadas ended lately, all access tokens of the user are revoked.
	// domain.ErrCuentaCambiada, fault.ErrUnavailable.
	Abrir(ctx context.Context, s domain.Sesion, hash, probada string) (*domain.Usuario, error)
	// Rotar exchanges a refresh token for its successor in the same session, whose access token then lives until tokensHasta; a
	// second time within domain.GraciaRefresco it changes nothing and succeeds, provided that nuevo is the stored successor. Later
	// a second use ends the session. It returns the session, and its account like Abrir. domain.ErrSesionTerminada,
	// domain.ErrRefrescos, fault.ErrUnavailable.
	Rotar(ctx context.Context, hash, nuevo string, ahora, tokensHasta time.Time) (domain.Sesion, *domain.Usuario, error)
	// Terminar ends the session of a refresh token; an unknown token ends nothing. fault.ErrUnavailable.
	Terminar(ctx context.Context, hash string, ahora time.Time) error
	// OlvidarSesiones removes the sessions that ended or expired before antes, and their refresh tokens, and returns how many.
	// fault.ErrUnavailable.
	OlvidarSesiones(ctx context.Context, antes time.Time) (int64, error)
}

// Revocaciones lists the revoked access tokens.
type Revocaciones interface {
	// Revocadas returns a page of the sessions that ended, and the users whose tokens were revoked, at desde or later, and whose
	// tokens may not have expired at ahora. cursor is "" for the first page, then the cursor of the previous page. fault.ErrInvalid
	// for any other cursor, fault.ErrUnavailable.
	Revocadas(ctx context.Context, desde, ahora time.Time, cursor string) (Revocadas, error)
}

// Revocadas is a page of the list of revocations.
type Revocadas struct {
	Sesiones []string
	Usuarios map[int64]time.Time // their tokens issued before this time are revoked
	Sigue    string              // cursor of the next page; "" = this is the last
}

// Intentos counts guesses of passwords, for all instances.
type Intentos interface {
	// Permitir returns whether a guess may be checked, by domain.Ambitos.Agotado, and whether the owner of the account logged in at
	// this address before. domain.ErrIntentos with RetryAfter, fault.ErrUnavailable.
	Permitir(ctx context.Context, de domain.Ambitos, ahora time.Time) (conocida bool, err error)
	// Reservar is Permitir, and counts the guess before it is checked; when many come at the same time, no more than the limits
	// pass. It returns the argument for Acertar.
	Reservar(ctx context.Context, de domain.Ambitos, ahora time.Time) (intento int64, err error)
	// Acertar removes a guess that was right, and notes for domain.VidaConocida that the owner of the account logged in at this
	// address. fault.ErrUnavailable.
	Acertar(ctx context.Context, intento int64, de domain.Ambitos, ahora time.Time) error
	// Olvidar removes guesses that no longer count. fault.ErrUnavailable.
	Olvidar(ctx context.Context, ahora time.Time) error
	// Perdonar removes the guesses of an account, from all addresses. fault.ErrUnavailable.
	Perdonar(ctx context.Context, de domain.Ambitos) error
}

// Registros counts the accounts that clients open, by network, for all instances.
type Registros interface {
	// PermitirRegistro checks whether the network may open another account now. domain.ErrRegistros with RetryAfter,
	// fault.ErrUnavailable.
	PermitirRegistro(ctx context.Context, c domain.Cupo, ahora time.Time) error
	// Registrar is Usuarios.Crear and PermitirRegistro in one transaction, which also counts the account; when many come at the
	// same time, no more than the limit are stored. An account that is not stored does not count. It returns the errors of both.
	Registrar(ctx context.Context, u *domain.Usuario, c domain.Cupo, ahora time.Time) error
	// OlvidarRegistros removes counted accounts that no longer count. fault.ErrUnavailable.
	OlvidarRegistros(ctx context.Context, ahora time.Time) error
}

// Clave is a signing key as storage keeps it.
type Clave struct {
	Kid        string
	Publica    []byte // Ed25519
	Cifrada    []byte // the private part, encrypted
	CreadaEn   time.Time
	RetiradaEn time.Time // when it stops signing; zero = unknown
}

// Activa reports whether the key is the newest, which signs, or is about to.
func (c Clave) Activa() bool { return c.RetiradaEn.IsZero() }

// Claves stores signing keys.
type Claves interface {
	// CrearSiFalta stores c unless an active key exists already; when several processes do so at the same time, one stores its key.
	// fault.ErrUnavailable.
	CrearSiFalta(ctx context.Context, c Clave) error
	// Relevar stores c, which signs from firma on, and retires the newest key at that instant; calls at the same time run one after
	// the other. It removes keys that were retired before olvidar. A caller, if there is one, is checked in the same transaction,
	// as Actores.Comprobar does. fault.ErrUnauthenticated, fault.ErrForbidden, fault.ErrUnavailable.
	Relevar(ctx context.Context, quien *domain.Solicitante, c Clave, firma, olvidar time.Time) error
	// Reponer stores c as the only key, which signs at once, and ends every session. fault.ErrUnavailable.
	Reponer(ctx context.Context, c Clave) error
	// Todas reads every key, the newest first. fault.ErrUnavailable.
	Todas(ctx context.Context) ([]Clave, error)
}

// Carril is the purpose of a hash. Each lane has its own queue.
type Carril uint8

// The lanes.
const (
	CarrilConocido  Carril = iota // like CarrilEntrar, at an address where the owner of the account logged in before
	CarrilEntrar                  // logins, and changes that need the current password
	CarrilRegistrar               // new accounts
	Carriles                      // how many there are
)

// Solicitud names the request for which a password is hashed.
type Solicitud struct {
	Carril Carril
	Red    string // network of the client, in the form in which guesses are counted; "" = the process itself
	Turno  string // requests of the same Turno are worked on one at a time; "" = any number at once
}

// Contrasenas hashes passwords, a few at a time. Waiting requests take turns by lane and network, so that many requests of one
// lane or network do not delay the others.
type Contrasenas interface {
	// Cifrar returns the hash with its parameters. fault.ErrUnavailable with RetryAfter when too many requests wait, or ctx ends
	// before the turn comes.
	Cifrar(ctx context.Context, s Solicitud, contrasena string) (string, error)
	// Comprobar reports whether one of these forms of a password has the hash, and whether the hash should be replaced by a new one
	// of the first form. With an empty hash it takes the same time and returns false; without a form it takes the time of one form,
	// and returns false. antes runs when the turn has come; when it fails, no hash is computed and its error is returned.
	// fault.ErrUnavailable as for Cifrar.
	Comprobar(ctx context.Context, s Solicitud, formas []string, hash string, antes func() error) (ok, debil bool, err error)
}

// DatosDeToken is the content of an access token.
type DatosDeToken struct {
	Sujeto, Audiencia, Sesion string // Sesion: users only
	Alcances                  []string
	Vida                      time.Duration
	Fecha                     time.Time // iat of the token; zero = now
}

// Firmador signs access tokens.
type Firmador interface {
	// Firmar returns the token. fault.ErrUnavailable.
	Firmar(ctx context.Context, t DatosDeToken) (string, error)
	// Rotar makes a new key, which is published at once and signs 30 s later, when every service has it. Tokens of the old key stay
	// good until they expire. It returns the new key's id, and the errors of Claves.Relevar.
	Rotar(ctx context.Context, quien *domain.Solicitante) (kid string, err error)
}

// ClavePublica is a key that verifies tokens.
type ClavePublica struct {
	Kid string
	X   string // the Ed25519 key in base64url, as a JWK has it
}

// Llaves publishes the keys that verify tokens.
type Llaves interface {
	// Publicas are these keys, the newest first.
	Publicas(ctx context.Context) []ClavePublica
}
