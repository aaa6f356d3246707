package domain

import "time"

// TipoHecho is what happened to an account.
type TipoHecho string

// What the trail records.
const (
	AccesoFallido     TipoHecho = "ACCESO_FALLIDO" // a wrong password, or a name without an account
	Bloqueo           TipoHecho = "BLOQUEO"        // a guess refused because there were too many
	RolCambiado       TipoHecho = "ROL_CAMBIADO"
	CuentaSeCierra    TipoHecho = "CUENTA_CERRADA"
	CuentaSeAbre      TipoHecho = "CUENTA_ABIERTA"
	ContrasenaCambia  TipoHecho = "CONTRASENA_CAMBIADA"
	EmailCambiado     TipoHecho = "EMAIL_CAMBIADO"
	ClaveRotada       TipoHecho = "CLAVE_ROTADA"
	VentanaHecho                = 15 * time.Minute // failed guesses of one account and address within it are one row
	RetencionRastro             = 400 * 24 * time.Hour
	MaxRedesPorCuenta           = 20  // rows of one account in a window; further addresses share one row without address
	MaxCuentasPorRed            = 60  // rows of one address in a window; further accounts share one row without account
	MaxHechosVentana            = 500 // rows of one type in a window; then accounts and addresses share one row without either
)

// Hecho is one row of the trail.
type Hecho struct {
	ID        int64
	Tipo      TipoHecho
	Cuando    time.Time // for failed guesses: of the first one in the window
	ActorID   int64     // the user who did it; 0 = unknown, or the shop itself
	UsuarioID int64     // the account; 0 = unknown
	Direccion string    // of the client, as /64 for failed guesses over IPv6; "" = unknown, or several
	Detalle   map[string]string
	Veces     int64     // failed guesses that the row counts; 0 = not counted
	Ultimo    time.Time // the last of them
}

// Ventana numbers the quarter of an hour that a failed guess belongs to.
func (h Hecho) Ventana() int64 { return h.Cuando.Unix() / int64(VentanaHecho/time.Second) }

// Filas are how many rows of the window there are already.
type Filas struct{ DeLaCuenta, DeLaRed, Todas int }

// Acotar makes a failed guess share a row with others when the window has enough rows: attackers choose how many addresses and
// accounts they use, and must not choose how many rows are stored.
func (h Hecho) Acotar(f Filas) Hecho {
	switch {
	case f.Todas >= MaxHechosVentana:
		h.UsuarioID, h.Direccion = 0, ""
	case f.DeLaCuenta >= MaxRedesPorCuenta:
		h.Direccion = ""
	case f.DeLaRed >= MaxCuentasPorRed:
		h.UsuarioID = 0
	}
	return h
}

// anotar keeps an event until storage writes it in the transaction of the change.
func (u *Usuario) anotar(tipo TipoHecho, ahora time.Time, detalle map[string]string) {
	u.hechos = append(u.hechos, Hecho{Tipo: tipo, Cuando: ahora, ActorID: u.quien.UsuarioID, UsuarioID: u.registro.ID,
		Direccion: u.quien.Direccion, Detalle: detalle})
}

// Atribuir says which caller changes the account from now on.
func (u *Usuario) Atribuir(quien Solicitante) { u.quien = quien }

// Hechos are the events of the account since it was read.
func (u *Usuario) Hechos() []Hecho { return u.hechos }

// HechoClaveRotada is the event of a new signing key; without a caller, the age of the old key was the reason.
func HechoClaveRotada(quien *Solicitante, kid string, ahora time.Time) Hecho {
	h := Hecho{Tipo: ClaveRotada, Cuando: ahora, Detalle: map[string]string{"kid": kid}}
	if quien != nil {
		h.ActorID, h.Direccion = quien.UsuarioID, quien.Direccion
	}
	return h
}
