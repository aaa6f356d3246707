// Package domain holds the rules of identity: names, passwords, roles with their scopes, and sessions with refresh tokens.
package domain

import (
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// Usuario is a user with an account.
type Usuario struct {
	registro RegistroUsuario
	cambiado bool        // since it was read
	salvo    *string     // the session that stays when the change ends the others ("" = none stays); nil = all stay
	hechos   []Hecho     // since it was read
	quien    Solicitante // the caller who changes it
}

// RegistroUsuario is the record of an account, as storage keeps it.
type RegistroUsuario struct {
	ID            int64
	Nombre        string // normalized, unique
	Email         string // in the form that is stored
	EmailClave    string // in the form that is compared, unique; an older account may have another one than ClaveEmail returns
	Hash          string // of the password, with its parameters
	Rol           Rol
	Activo        bool
	Version       int64
	CreadoEn      time.Time
	ActualizadoEn time.Time
	TokensDesde   time.Time // access tokens issued before it are revoked; zero = none are
}

// Alta is the data of a registration.
type Alta struct {
	Nombre, Email, Contrasena string
	Rol                       Rol
	NombreReservado           bool // the name may be a reserved one
}

// Normalizada is the registration in the form that is stored and hashed. fault.ErrInvalid with every wrong field.
func (a Alta) Normalizada() (Alta, error) {
	var f fault.Fields
	a.Nombre = ParseNombre(a.Nombre, a.NombreReservado, &f)
	a.Email = ParseEmail(a.Email, &f)
	a.Contrasena = ParseContrasena(a.Contrasena, "password", []string{a.Nombre, a.Email}, &f)
	return a, f.Err()
}

// NewUsuario makes an account from a registration that Normalizada returned, and the hash of its password.
func NewUsuario(nombre, email, hash string, rol Rol, ahora time.Time) *Usuario {
	return &Usuario{registro: RegistroUsuario{Nombre: nombre, Email: email, EmailClave: ClaveEmail(email), Hash: hash, Rol: rol,
		Activo: true, Version: 1, CreadoEn: ahora, ActualizadoEn: ahora}}
}

// CambiarEmail sets another address. It ends every session except salvo, because an address is a way to log in.
// fault.ErrInvalid.
func (u *Usuario) CambiarEmail(email, salvo string, ahora time.Time) error {
	var f fault.Fields
	email = ParseEmail(email, &f)
	if err := f.Err(); err != nil {
		return err
	}
	if email != u.registro.Email {
		u.registro.Email, u.registro.EmailClave = email, ClaveEmail(email)
		u.salvo = &salvo
		u.anotar(EmailCambiado, ahora, nil)
		u.tocar(ahora)
	}
	return nil
}

// CambiarContrasena sets the hash of another password. It ends every session and token, because one may have been copied.
func (u *Usuario) CambiarContrasena(hash string, ahora time.Time) {
	u.registro.Hash = hash
	u.TerminarTokens(ahora)
	u.salvo = new("")
	u.anotar(ContrasenaCambia, ahora, nil)
}

// TerminaSesiones reports whether the change must end the sessions, and which session stays ("" = none).
func (u *Usuario) TerminaSesiones() (salvo string, ok bool) {
	if u.salvo == nil {
		return "", false
	}
	return *u.salvo, true
}

// CambiarRol sets another role. It revokes the tokens with the scopes of the old role; sessions stay, and get the new scopes
// when they are refreshed. fault.ErrInvalid for a role that does not exist.
func (u *Usuario) CambiarRol(rol Rol, ahora time.Time) error {
	if !rol.Valido() {
		var f fault.Fields
		f.Add("rol", "VALOR", "Use cliente, catalogo, almacen, soporte o admin.")
		return f.Err()
	}
	if rol != u.registro.Rol {
		u.anotar(RolCambiado, ahora, map[string]string{"de": string(u.registro.Rol), "a": string(rol)})
		u.registro.Rol = rol
		u.TerminarTokens(ahora)
	}
	return nil
}

// Activar opens or closes the account. Closing it ends every session and every token.
func (u *Usuario) Activar(activo bool, ahora time.Time) {
	if activo == u.registro.Activo {
		return
	}
	u.registro.Activo = activo
	if !activo {
		u.anotar(CuentaSeCierra, ahora, nil)
		u.TerminarTokens(ahora)
		u.salvo = new("")
		return
	}
	u.anotar(CuentaSeAbre, ahora, nil)
	u.tocar(ahora)
}

// TerminarTokens revokes every older access token; sessions stay, and get new tokens by a refresh. The dates of tokens are whole
// seconds, so it also revokes tokens issued within this second, and later ones have a later date (see EmitirDesde). A second
// change within the second moves the date again, because tokens issued between the two changes have the date of the first.
func (u *Usuario) TerminarTokens(ahora time.Time) {
	desde := ahora.Truncate(time.Second).Add(time.Second)
	if !desde.After(u.registro.TokensDesde) {
		desde = u.registro.TokensDesde.Add(time.Second)
	}
	u.registro.TokensDesde = desde
	u.tocar(ahora)
}

// EmitirDesde is the earliest date that a new access token of the user may have.
func (u *Usuario) EmitirDesde() time.Time { return u.registro.TokensDesde }

// AdminActivo reports whether u can manage users.
func (u *Usuario) AdminActivo() bool { return u.registro.Activo && u.registro.Rol == RolAdmin }

// CambiarHash sets a stronger hash of the same password.
func (u *Usuario) CambiarHash(hash string, ahora time.Time) {
	u.registro.Hash = hash
	u.tocar(ahora)
}

func (u *Usuario) tocar(ahora time.Time) {
	u.registro.Version++
	u.registro.ActualizadoEn = ahora
	u.cambiado = true
}

// AsignarID sets the id that storage chose for a new account. It panics when the account has an id.
func (u *Usuario) AsignarID(id int64) {
	if u.registro.ID != 0 || id < 1 {
		panic(fmt.Sprintf("domain: user %d cannot become %d", u.registro.ID, id))
	}
	u.registro.ID = id
}

// The parts of an account.
func (u *Usuario) Registro() RegistroUsuario { return u.registro }
func (u *Usuario) ID() int64                 { return u.registro.ID }
func (u *Usuario) Nombre() string            { return u.registro.Nombre }
func (u *Usuario) Email() string             { return u.registro.Email }
func (u *Usuario) Hash() string              { return u.registro.Hash }
func (u *Usuario) Rol() Rol                  { return u.registro.Rol }
func (u *Usuario) Activo() bool              { return u.registro.Activo }
func (u *Usuario) Version() int64            { return u.registro.Version }
func (u *Usuario) CreadoEn() time.Time       { return u.registro.CreadoEn }

// Cambiado reports whether a method has changed the account since it was read.
func (u *Usuario) Cambiado() bool { return u.cambiado }

// RehidratarUsuario makes an account from storage. A row that this service cannot have written is an error.
func RehidratarUsuario(r RegistroUsuario) (*Usuario, error) {
	if r.ID < 1 || r.Nombre == "" || r.Email == "" || r.EmailClave == "" || r.Hash == "" || !r.Rol.Valido() || r.Version < 1 {
		return nil, fmt.Errorf("%w: user %d", errImposible, r.ID)
	}
	return &Usuario{registro: r}, nil
}
