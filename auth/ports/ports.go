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
	// Crear stores a new account and gives it its id. domain.ErrUsuarioExiste, fault.ErrUnavailable.
	Crear(ctx context.Context, u *domain.Usuario) error
	// Obtener reads an account. domain.ErrUsuarioDesconocido, fault.ErrUnavailable.
	Obtener(ctx context.Context, id int64) (*domain.Usuario, error)
	// Buscar reads an account by its name or address. domain.ErrUsuarioDesconocido, fault.ErrUnavailable.
	Buscar(ctx context.Context, i domain.Identificador) (*domain.Usuario, error)
	// Actualizar applies change to the account as it is now and stores the result, all or nothing, the end of the sessions that
	// domain.Usuario.TerminaSesiones asks for included; change may run several times. domain.ErrUsuarioDesconocido, domain.ErrUsuarioExiste, fault.ErrUnavailable, and what change returns.
	Actualizar(ctx context.Context, id int64, change func(*domain.Usuario) error) (*domain.Usuario, error)
}

// Actores knows, of its own rows, whether the user on whose token a request comes may do what the request asks for.
type Actores interface {
	// Comprobar reads the actor's account. fault.ErrUnauthenticated when the account, its session or its token is no longer good,
	// fault.ErrForbidden without the scope ("" = any user), fault.ErrUnavailable.
	Comprobar(ctx context.Context, a domain.Actor, alcance string, ahora time.Time) (*domain.Usuario, error)
	// ActualizarPropio is Usuarios.Actualizar of the actor's own account; the actor is checked in the same transaction, as Comprobar
	// does. What Actualizar and Comprobar return.
	ActualizarPropio(ctx context.Context, a domain.Actor, ahora time.Time, change func(*domain.Usuario) error) (*domain.Usuario, error)
	// Renovar is ActualizarPropio and, in the same transaction, opens the session with its first refresh token, after those that
	// end with the change. What ActualizarPropio returns.
	Renovar(ctx context.Context, a domain.Actor, s domain.Sesion, hash string, change func(*domain.Usuario) error) (*domain.Usuario, error)
}

// Administradores makes the first of them, and keeps the last.
type Administradores interface {
	// Gestionar is Usuarios.Actualizar for what an administrator changes. The actor is checked in the same transaction, as
	// Actores.Comprobar does: of two administrators who close each other at the same instant, one does. One active administrator
	// always stays, also when many changes come at once: domain.ErrUltimoAdmin.
	Gestionar(ctx context.Context, a domain.Actor, ahora time.Time, id int64, change func(*domain.Usuario) error) (*domain.Usuario, error)
	// Listar reads accounts by id ascending. fault.ErrUnavailable.
	Listar(ctx context.Context, f Filtro) ([]*domain.Usuario, error)
	// CrearPrimero stores u unless an administrator exists already, and says whether it did. Of several processes at once one
	// does. domain.ErrUsuarioExiste, fault.ErrUnavailable.
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
	// Abrir stores a session with its first refresh token, provided that the account is open and its password still is the one
	// that was proved, of this hash: a change of the password at the same moment either ends the session or keeps it from
	// opening. It gives the account as it is at that moment: a change of it comes before, and is seen, or waits until the
	// session is there. Of more than domain.MaxSesiones the oldest end, and when more than domain.MaxTerminadas ended lately all access
	// tokens of the user die. domain.ErrCuentaCambiada, fault.ErrUnavailable.
	Abrir(ctx context.Context, s domain.Sesion, hash, probada string) (*domain.Usuario, error)
	// Rotar exchanges a refresh token for its successor in the same session, whose access token then lives until tokensHasta; again
	// within domain.GraciaRefresco it changes nothing and succeeds, provided that nuevo is the successor that was stored. Later the
	// session ends. It gives the session, and its account as Abrir does. domain.ErrSesionTerminada, domain.ErrRefrescos,
	// fault.ErrUnavailable.
	Rotar(ctx context.Context, hash, nuevo string, ahora, tokensHasta time.Time) (domain.Sesion, *domain.Usuario, error)
	// Terminar ends the session of a refresh token; an unknown token ends nothing. fault.ErrUnavailable.
	Terminar(ctx context.Context, hash string, ahora time.Time) error
	// OlvidarSesiones removes the sessions that ended or expired before antes, and their refresh tokens, and says how many.
	// fault.ErrUnavailable.
	OlvidarSesiones(ctx context.Context, antes time.Time) (int64, error)
}

// Revocaciones knows which access tokens are dead before their time.
type Revocaciones interface {
	// Revocadas is a page of the sessions that ended, and the users whose tokens died, at desde or after, and whose tokens may still be
	// within their dates at ahora. cursor is "" for the first page, then what the page before gave. fault.ErrInvalid for another,
	// fault.ErrUnavailable.
	Revocadas(ctx context.Context, desde, ahora time.Time, cursor string) (Revocadas, error)
}

// Revocadas is what tokens are held against.
type Revocadas struct {
	Sesiones []string
	Usuarios map[int64]time.Time // their tokens issued before it are dead
	Sigue    string              // cursor of the next page; "" = this is the last
}

// Intentos counts guesses of passwords, for all instances.
type Intentos interface {
	// Permitir says whether a guess may be looked at, as domain.Ambitos.Agotado decides, and whether the owner of the account was at this
	// address before. domain.ErrIntentos with RetryAfter, fault.ErrUnavailable.
	Permitir(ctx context.Context, de domain.Ambitos, ahora time.Time) (conocida bool, err error)
	// Reservar is Permitir, and counts the guess before it is looked at; when many come at once, no more than the limits pass. It
	// gives what Acertar takes.
	Reservar(ctx context.Context, de domain.Ambitos, ahora time.Time) (intento int64, err error)
	// Acertar takes back a guess that turned out to be right, and notes that the owner of the account was at this address, for
	// domain.VidaConocida. fault.ErrUnavailable.
	Acertar(ctx context.Context, intento int64, de domain.Ambitos, ahora time.Time) error
	// Olvidar removes what no longer counts. fault.ErrUnavailable.
	Olvidar(ctx context.Context, ahora time.Time) error
	// Perdonar removes the guesses of an account, from all addresses. fault.ErrUnavailable.
	Perdonar(ctx context.Context, de domain.Ambitos) error
}

// Registros counts the accounts that clients open, by network, for all instances.
type Registros interface {
	// PermitirRegistro says whether the network may open another account now. domain.ErrRegistros with RetryAfter,
	// fault.ErrUnavailable.
	PermitirRegistro(ctx context.Context, c domain.Cupo, ahora time.Time) error
	// Registrar is Usuarios.Crear and PermitirRegistro in one transaction, which also counts the account; when many come at once,
	// no more than the limit are stored. An account that is not stored does not count. What both return.
	Registrar(ctx context.Context, u *domain.Usuario, c domain.Cupo, ahora time.Time) error
	// OlvidarRegistros removes what no longer counts. fault.ErrUnavailable.
	OlvidarRegistros(ctx context.Context, ahora time.Time) error
}

// Clave is a signing key as storage keeps it.
type Clave struct {
	Kid        string
	Publica    []byte // Ed25519
	Cifrada    []byte // the private part, encrypted
	CreadaEn   time.Time
	RetiradaEn time.Time // until when it signs; zero = no end is known
}

// Activa reports whether the key is the newest, which signs, or is about to.
func (c Clave) Activa() bool { return c.RetiradaEn.IsZero() }

// Claves stores signing keys.
type Claves interface {
	// CrearSiFalta stores c unless an active key exists already; of several processes at once one does. fault.ErrUnavailable.
	CrearSiFalta(ctx context.Context, c Clave) error
	// Relevar stores c, which signs from firma on, and retires the newest key at that instant; of several at once one comes after the
	// other. Keys that were retired before olvidar are removed. An actor, if there is one, is checked in the same transaction, as Actores.Comprobar does.
	// fault.ErrUnauthenticated, fault.ErrForbidden, fault.ErrUnavailable.
	Relevar(ctx context.Context, a *domain.Actor, c Clave, firma, olvidar time.Time) error
	// Reponer stores c as the only key, which signs at once, and ends every session. fault.ErrUnavailable.
	Reponer(ctx context.Context, c Clave) error
	// Todas reads every key, the newest first. fault.ErrUnavailable.
	Todas(ctx context.Context) ([]Clave, error)
}

// Carril says what a password is hashed for. The hashes of each lane wait by themselves.
type Carril uint8

// The lanes.
const (
	CarrilConocido  Carril = iota // as CarrilEntrar, of an account at an address where its owner was before
	CarrilEntrar                  // logins, and what else asks for the current password
	CarrilRegistrar               // new accounts
	Carriles                      // how many there are
)

// Solicitud says for whom a password is hashed.
type Solicitud struct {
	Carril Carril
	Red    string // network of the client, as guesses are counted; "" = the process itself
	Turno  string // requests of the same Turno are worked on one at a time; "" = any number at once
}

// Contrasenas hashes passwords, a few at a time. Those that wait get their turn by lane and network, so that a flood of one of them
// keeps no other from it.
type Contrasenas interface {
	// Cifrar gives the hash with its parameters. fault.ErrUnavailable with RetryAfter when too many wait, or the turn does not come
	// before ctx ends.
	Cifrar(ctx context.Context, s Solicitud, contrasena string) (string, error)
	// Comprobar reports whether one of these forms of a password is that of the hash, and whether the hash should be made anew of the
	// first form. With an empty hash it takes the same time and says no; without any form it takes the time of one, and says no. antes
	// runs when its turn has come; its error ends it before anything is computed, and is returned. fault.ErrUnavailable as for Cifrar.
	Comprobar(ctx context.Context, s Solicitud, formas []string, hash string, antes func() error) (ok, debil bool, err error)
}

// Testimonio is what an access token says.
type Testimonio struct {
	Sujeto, Audiencia, Sesion string // Sesion: users only
	Alcances                  []string
	Vida                      time.Duration
	Fecha                     time.Time // that it bears; zero = now
}

// Firmador signs access tokens.
type Firmador interface {
	// Firmar gives the token. fault.ErrUnavailable.
	Firmar(ctx context.Context, t Testimonio) (string, error)
	// Rotar makes a new key, which is published at once and signs 30 s later, when every service has it. What the old one has signed
	// is good until it expires. It gives the new key's id. As Claves.Relevar.
	Rotar(ctx context.Context, a *domain.Actor) (kid string, err error)
}

// ClavePublica verifies tokens.
type ClavePublica struct {
	Kid string
	X   string // the Ed25519 key in base64url, as a JWK has it
}

// Llaves publishes the keys that verify tokens.
type Llaves interface {
	// Publicas are these keys, the newest first.
	Publicas(ctx context.Context) []ClavePublica
}
