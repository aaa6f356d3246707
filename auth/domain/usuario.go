// Package domain holds the rules of identity: names, passwords, roles and what they may do, and sessions whose refresh tokens
// rotate.
package domain

import (
	"fmt"
	"time"

	"github.com/tienda-go/tienda/kit/fault"
)

// Usuario is someone with an account.
type Usuario struct {
	id            int64
	nombre        string // normalized, unique
	email         string // as it is kept
	claveEmail    string // as it is compared, unique
	hash          string // of the password, with its parameters
	rol           Rol
	activo        bool
	version       int64
	creadoEn      time.Time
	actualizadoEn time.Time
	tokensDesde   time.Time // access tokens issued before it are dead; zero = none are
	cambiado      bool
	salvo         *string // the session that stays when the others end with the change ("" = none does); nil = all go on
	hechos        []Hecho
	actor         Actor // who changes it
}

// Alta is what someone registers with.
type Alta struct {
	Nombre, Email, Contrasena string
	Rol                       Rol
	NombreReservado           bool // the name may be a reserved one
}

// Normalizada is the registration as it will be stored, its password as it will be hashed, or fault.ErrInvalid with every field that is
// wrong.
func (a Alta) Normalizada() (Alta, error) {
	var f fault.Fields
	a.Nombre = ParseNombre(a.Nombre, a.NombreReservado, &f)
	a.Email = ParseEmail(a.Email, &f)
	a.Contrasena = ParseContrasena(a.Contrasena, "password", []string{a.Nombre, a.Email}, &f)
	return a, f.Err()
}

// NewUsuario makes an account of a registration that Normalizada gave, and of the hash of its password.
func NewUsuario(nombre, email, hash string, rol Rol, ahora time.Time) *Usuario {
	return &Usuario{nombre: nombre, email: email, claveEmail: ClaveEmail(email), hash: hash, rol: rol, activo: true, version: 1, creadoEn: ahora, actualizadoEn: ahora}
}

// CambiarEmail sets another address. Every session ends with it but the one named salvo: the address is a way to log in.
// fault.ErrInvalid.
func (u *Usuario) CambiarEmail(email, salvo string, ahora time.Time) error {
	var f fault.Fields
	email = ParseEmail(email, &f)
	if err := f.Err(); err != nil {
		return err
	}
	if email != u.email {
		u.email, u.claveEmail = email, ClaveEmail(email)
		u.salvo = &salvo
		u.anotar(EmailCambiado, ahora, nil)
		u.tocar(ahora)
	}
	return nil
}

// CambiarContrasena sets the hash of another password. Every session and every token of before ends with it: a copied refresh
// token must not outlive the password.
func (u *Usuario) CambiarContrasena(hash string, ahora time.Time) {
	u.hash = hash
	u.matarTokens(ahora)
	u.salvo = new("")
	u.anotar(ContrasenaCambia, ahora, nil)
}

// TerminaSesiones reports whether the sessions must end together with what has changed, and which one stays ("" = none).
func (u *Usuario) TerminaSesiones() (salvo string, ok bool) {
	if u.salvo == nil {
		return "", false
	}
	return *u.salvo, true
}

// CambiarRol sets another role. The tokens that hold the scopes of the old one are dead from now on; sessions go on, and get the
// new scopes when they are refreshed. fault.ErrInvalid for a role that does not exist.
func (u *Usuario) CambiarRol(rol Rol, ahora time.Time) error {
	if !rol.Valido() {
		var f fault.Fields
		f.Add("rol", "VALOR", "Use cliente, catalogo, almacen, soporte o admin.")
		return f.Err()
	}
	if rol != u.rol {
		u.anotar(RolCambiado, ahora, map[string]string{"de": string(u.rol), "a": string(rol)})
		u.rol = rol
		u.matarTokens(ahora)
	}
	return nil
}

// Activar opens or closes the account. Closing it ends every session and every token.
func (u *Usuario) Activar(activo bool, ahora time.Time) {
	if activo == u.activo {
		return
	}
	u.activo = activo
	if !activo {
		u.anotar(CuentaSeCierra, ahora, nil)
		u.matarTokens(ahora)
		u.salvo = new("")
		return
	}
	u.anotar(CuentaSeAbre, ahora, nil)
	u.tocar(ahora)
}

// matarTokens: the dates of tokens are whole seconds, so what was issued within this one is dead too, and what is issued from
// now on is dated after it (see EmitirDesde). A second change within the second must move the date again: tokens that were
// issued between the two bear the date of the first.
func (u *Usuario) matarTokens(ahora time.Time) {
	desde := ahora.Truncate(time.Second).Add(time.Second)
	if !desde.After(u.tokensDesde) {
		desde = u.tokensDesde.Add(time.Second)
	}
	u.tokensDesde = desde
	u.tocar(ahora)
}

// TerminarTokens kills every access token of before. Sessions go on, and get new ones when they are refreshed.
func (u *Usuario) TerminarTokens(ahora time.Time) { u.matarTokens(ahora) }

// EmitirDesde is the earliest date that a new access token of the user may bear.
func (u *Usuario) EmitirDesde() time.Time { return u.tokensDesde }

// AdminActivo reports whether u can manage users.
func (u *Usuario) AdminActivo() bool { return u.activo && u.rol == RolAdmin }

// CambiarHash sets a stronger hash of the same password.
func (u *Usuario) CambiarHash(hash string, ahora time.Time) {
	u.hash = hash
	u.tocar(ahora)
}

func (u *Usuario) tocar(ahora time.Time) {
	u.version++
	u.actualizadoEn = ahora
	u.cambiado = true
}

// AsignarID gives a new account the id that storage chose. It panics when there is one already.
func (u *Usuario) AsignarID(id int64) {
	if u.id != 0 || id < 1 {
		panic(fmt.Sprintf("domain: user %d cannot become %d", u.id, id))
	}
	u.id = id
}

// The parts of an account.
func (u *Usuario) ID() int64           { return u.id }
func (u *Usuario) Nombre() string      { return u.nombre }
func (u *Usuario) Email() string       { return u.email }
func (u *Usuario) Hash() string        { return u.hash }
func (u *Usuario) Rol() Rol            { return u.rol }
func (u *Usuario) Activo() bool        { return u.activo }
func (u *Usuario) Version() int64      { return u.version }
func (u *Usuario) CreadoEn() time.Time { return u.creadoEn }

// Cambiado reports whether a method has changed the account since it was read.
func (u *Usuario) Cambiado() bool { return u.cambiado }

// Instantanea is an account as storage keeps it.
type Instantanea struct {
	ID                      int64
	Nombre, Email, Hash     string
	ClaveEmail              string // of an account of before, perhaps another than ClaveEmail gives
	Rol                     Rol
	Activo                  bool
	Version                 int64
	CreadoEn, ActualizadoEn time.Time
	TokensDesde             time.Time
}

// Rehidratar makes an account of what storage kept; a row that no rule could have written is an error.
func Rehidratar(i Instantanea) (*Usuario, error) {
	if i.ID < 1 || i.Nombre == "" || i.Email == "" || i.ClaveEmail == "" || i.Hash == "" || !i.Rol.Valido() || i.Version < 1 {
		return nil, fmt.Errorf("%w: user %d", errImposible, i.ID)
	}
	return &Usuario{
		id: i.ID, nombre: i.Nombre, email: i.Email, claveEmail: i.ClaveEmail, hash: i.Hash, rol: i.Rol, activo: i.Activo, version: i.Version,
		creadoEn: i.CreadoEn, actualizadoEn: i.ActualizadoEn, tokensDesde: i.TokensDesde,
	}, nil
}

// Instantanea is the account as storage keeps it.
func (u *Usuario) Instantanea() Instantanea {
	return Instantanea{
		ID: u.id, Nombre: u.nombre, Email: u.email, ClaveEmail: u.claveEmail, Hash: u.hash, Rol: u.rol, Activo: u.activo, Version: u.version,
		CreadoEn: u.creadoEn, ActualizadoEn: u.actualizadoEn, TokensDesde: u.tokensDesde,
	}
}
