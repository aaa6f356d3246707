package domain

import "time"

const (
	// VidaSesion is how long a session lasts at most, however often it is refreshed.
	VidaSesion = 30 * 24 * time.Hour
	// GraciaRefresco is how long an old refresh token is answered as a mishap (two tabs, a lost answer) and not as a theft.
	GraciaRefresco = 10 * time.Second
)

// Sesion is a login and every refresh token that descends from it: a family. One end ends all of it.
type Sesion struct {
	ID        string
	UsuarioID int64
	CreadaEn  time.Time
	ExpiraEn  time.Time
	Terminada bool
}

// NewSesion begins a family.
func NewSesion(id string, usuarioID int64, ahora time.Time) Sesion {
	return Sesion{ID: id, UsuarioID: usuarioID, CreadaEn: ahora, ExpiraEn: ahora.Add(VidaSesion)}
}

// Viva reports whether the session can still be refreshed.
func (s Sesion) Viva(ahora time.Time) bool { return !s.Terminada && ahora.Before(s.ExpiraEn) }

// Refresco is one refresh token of a family. Only its hash is ever stored.
type Refresco struct {
	Hash     string // SHA-256 of the token, hexadecimal
	SesionID string
	RotadoEn time.Time // zero = not used yet
}

// Reutilizado says what an already used token means: within GraciaRefresco ErrRefrescoEnCurso, and the family lives;
// later ErrSesionTerminada, and the family must end, because one of its two holders stole it.
func (r Refresco) Reutilizado(ahora time.Time) (terminar bool, err error) {
	if ahora.Sub(r.RotadoEn) <= GraciaRefresco {
		return false, ErrRefrescoEnCurso.New("Este token de refresco acaba de cambiarse por otro. Use el nuevo.").After(time.Second)
	}
	return true, SesionTerminada()
}

// SesionTerminada is the one answer to a refresh token that is no good.
func SesionTerminada() error {
	return ErrSesionTerminada.New("Vuelva a entrar con su usuario y contraseña.")
}
