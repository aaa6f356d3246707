package domain

import "time"

const (
	// VidaSesion is the longest life of a session, with any number of refreshes.
	VidaSesion = 30 * 24 * time.Hour
	// GraciaRefresco is how long the reuse of a refresh token counts as an accident (two tabs, a lost answer) and not as a theft.
	GraciaRefresco = 10 * time.Second
	// MaxSesiones is how many sessions a user may have; one more ends the oldest.
	MaxSesiones = 50
	// MaxTerminadas is how many sessions of one user that ended lately are revoked one by one. One more revokes all tokens of the
	// user, which is one entry: a user who logs in and out all the time must not make the list of revocations long.
	MaxTerminadas = 500
	// MaxRefrescosPorMinuto is how often a session may be refreshed in a minute, because each refresh writes rows.
	MaxRefrescosPorMinuto = 60
)

// Sesion is a login with all refresh tokens that follow from it: a family. They end together.
type Sesion struct {
	ID          string
	UsuarioID   int64
	CreadaEn    time.Time
	ExpiraEn    time.Time
	TokensHasta time.Time // when the last access token of the session expires
	Terminada   bool
}

// NewSesion begins a family. Its first access token lives for vida.
func NewSesion(id string, usuarioID int64, ahora time.Time, vida time.Duration) Sesion {
	return Sesion{ID: id, UsuarioID: usuarioID, CreadaEn: ahora, ExpiraEn: ahora.Add(VidaSesion), TokensHasta: ahora.Add(vida)}
}

// Viva reports whether the session can still be refreshed.
func (s Sesion) Viva(ahora time.Time) bool { return !s.Terminada && ahora.Before(s.ExpiraEn) }

// Robado reports whether the reuse of a refresh token must end its family, because one of its two users stole it. Within
// GraciaRefresco of its first use it counts as an accident.
func Robado(usadoEn, ahora time.Time) bool { return ahora.Sub(usadoEn) > GraciaRefresco }

// SesionTerminada is the one answer to every bad refresh token.
func SesionTerminada() error {
	return ErrSesionTerminada.New("Vuelva a entrar con su usuario y contraseña.")
}

// DemasiadosRefrescos refuses a refresh; esperar is when the session may be refreshed again.
func DemasiadosRefrescos(esperar time.Duration) error {
	return ErrRefrescos.New("Una sesión se puede refrescar hasta %d veces por minuto.", MaxRefrescosPorMinuto).
		After(max(esperar, time.Second))
}

// VidaRevocacion is how long an ended session is in the list of revocations: the longest life of a token, and a minute of skew.
const VidaRevocacion = time.Hour + time.Minute
