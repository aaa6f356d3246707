package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// maxIntentos is how often a login reads a changing account: again after another login's new hash, again after a new password.
const maxIntentos = 3

// Credenciales are what a user logs in with, and the client's address.
type Credenciales struct {
	NombreOEmail, Contrasena string
	Direccion                string // of the client, for the trail
	Red                      string // its network, for counting: IPv4 whole, IPv6 by /64
}

// Entrar logs in by name or address. The answer and its time are the same for an unknown user, a wrong password and a closed
// account: domain.ErrCredenciales. After too many wrong guesses it is domain.ErrIntentos, also with the right password.
// fault.ErrUnavailable.
func (s *Servicio) Entrar(ctx context.Context, c Credenciales) (Tokens, error) {
	salir, err := s.aforo.entrar(ports.CarrilEntrar, c.Red)
	if err != nil {
		return Tokens{}, err
	}
	defer salir()
	for range maxIntentos {
		tokens, err := s.intentar(ctx, c)
		if !errors.Is(err, domain.ErrCuentaCambiada) {
			return tokens, err
		}
	}
	return Tokens{}, fault.ErrUnavailable.New("La cuenta está cambiando demasiado deprisa. Repita la petición.")
}

// intentar logs in once; domain.ErrCuentaCambiada when the password's hash changed meanwhile, and must be read again.
func (s *Servicio) intentar(ctx context.Context, c Credenciales) (Tokens, error) {
	u, err := s.d.Usuarios.Buscar(ctx, domain.NormalizarIdentificador(c.NombreOEmail))
	if errors.Is(err, domain.ErrUsuarioDesconocido) {
		u, err = nil, nil
	}
	if err != nil {
		return Tokens{}, err
	}
	hash, weak, err := s.adivinar(ctx, u, c)
	if err != nil {
		return Tokens{}, err
	}
	if weak {
		if hash, err = s.reforzar(ctx, u, c); err != nil {
			return Tokens{}, err
		}
	}
	ahora := s.d.Reloj()
	sesion := domain.NewSesion(s.d.NuevoID(), u.ID(), ahora, s.vidaMaxima())
	refresco, refrescoHash := nuevoRefresco()
	if u, err = s.d.Sesiones.Abrir(ctx, sesion, refrescoHash, hash); err != nil { // the role of u may have changed meanwhile
		return Tokens{}, err
	}
	return s.tokens(ctx, u, sesion.ID, refresco, ahora)
}

// adivinar checks a guess, unless there were too many, and returns the hash of the right password. domain.ErrCredenciales,
// domain.ErrIntentos, fault.ErrUnavailable.
func (s *Servicio) adivinar(ctx context.Context, u *domain.Usuario, c Credenciales) (hash string, weak bool, err error) {
	de := ambitosDe(u, c)
	// A refused guess waits for no place. A guess is counted when it has its place, so that waiting guesses do not count. Guesses
	// of one account and network run one at a time, so that a right guess in work does not count as wrong.
	conocida, err := s.d.Intentos.Permitir(ctx, de, s.d.Reloj())
	if err != nil {
		return "", false, s.anotarRechazo(ctx, u, c, err)
	}
	formas := domain.FormasDeContrasena(c.Contrasena)
	if u != nil && len(formas) > 0 {
		hash = u.Hash()
	}
	var intento int64
	turno := ports.Solicitud{Carril: ports.CarrilEntrar, Red: vecindad(c.Red), Turno: de.CuentaYRed}
	if conocida { // an attacker has no such address
		turno.Carril = ports.CarrilConocido
	}
	ok, weak, err := s.d.Contrasenas.Comprobar(ctx, turno, formas, hash, func() (err error) {
		intento, err = s.d.Intentos.Reservar(ctx, de, s.d.Reloj())
		return err
	})
	if err != nil {
		return "", false, s.anotarRechazo(ctx, u, c, err)
	}
	if !ok || u == nil || !u.Activo() {
		s.anotarFallo(ctx, domain.AccesoFallido, u, c)
		return "", false, domain.CredencialesInvalidas()
	}
	final, cancel := desligado(ctx)
	defer cancel()
	return hash, weak, s.d.Intentos.Acertar(final, intento, de, s.d.Reloj())
}

// reforzar hashes the password in the current form, with the current parameters, and returns the hash. domain.ErrCuentaCambiada
// when another request was first: another login that made a new hash, or a change of the password.
func (s *Servicio) reforzar(ctx context.Context, u *domain.Usuario, c Credenciales) (string, error) {
	hash, err := s.d.Contrasenas.Cifrar(ctx, ports.Solicitud{Carril: ports.CarrilEntrar, Red: c.Red},
		domain.NormalizarContrasena(c.Contrasena))
	if err != nil {
		return "", err
	}
	old := u.Hash()
	_, err = s.d.Usuarios.Actualizar(ctx, u.ID(), func(u *domain.Usuario) error {
		if u.Hash() != old {
			return domain.ErrCuentaCambiada.New("La cuenta ha cambiado mientras tanto.")
		}
		u.CambiarHash(hash, s.d.Reloj())
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("reforzar hash: %w", err)
	}
	return hash, nil
}

// tokens signs an access token for a session of u. Its iat is when u was read (leido) and not when the token is signed: if the
// account changes in between, the revocation covers this token too.
func (s *Servicio) tokens(ctx context.Context, u *domain.Usuario, sesion, refresco string, leido time.Time) (Tokens, error) {
	if desde := u.EmitirDesde(); desde.After(leido) {
		leido = desde
	}
	acceso, err := s.d.Firmador.Firmar(ctx, ports.DatosDeToken{
		Sujeto: strconv.FormatInt(u.ID(), 10), Audiencia: domain.AudienciaUsuarios, Sesion: sesion,
		Alcances: u.Rol().Alcances(), Vida: s.d.VidaToken, Fecha: leido,
	})
	if err != nil {
		return Tokens{}, err
	}
	return Tokens{Acceso: acceso, Vida: s.d.VidaToken, Refresco: refresco}, nil
}

// plazoRefresco is the time of an exchange. When the answer of the database is lost, the client must hear soon enough to send the
// token again within domain.GraciaRefresco.
const plazoRefresco = domain.GraciaRefresco / 2

// Refrescar exchanges a refresh token for a new pair; within domain.GraciaRefresco the same token gets the same successor again.
// domain.ErrSesionTerminada, domain.ErrRefrescos, fault.ErrUnavailable.
func (s *Servicio) Refrescar(ctx context.Context, token string) (Tokens, error) {
	ctx, cancel := context.WithTimeout(ctx, plazoRefresco)
	defer cancel()
	nuevo := s.d.Sucesor(token)
	ahora := s.d.Reloj()
	sesion, u, err := s.d.Sesiones.Rotar(ctx, huella(token), huella(nuevo), ahora, ahora.Add(s.vidaMaxima()))
	if err != nil {
		return Tokens{}, err
	}
	if !u.Activo() {
		return Tokens{}, domain.SesionTerminada()
	}
	return s.tokens(ctx, u, sesion.ID, nuevo, ahora)
}

// vidaMaxima is the longest life, from now, of an access token that is issued now: EmitirDesde may date it later than now.
func (s *Servicio) vidaMaxima() time.Duration { return s.d.VidaToken + time.Minute }

// Salir ends the session of a refresh token. fault.ErrUnavailable.
func (s *Servicio) Salir(ctx context.Context, token string) error {
	return s.d.Sesiones.Terminar(ctx, huella(token), s.d.Reloj())
}
