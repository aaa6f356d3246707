// Package app holds the use cases of auth, one file each.
//
// Commands are plain structs; answers are domain values, or tokens. httpapi has checked the scope of the operation before, and
// ports.Actores checks it again, by the account as storage has it now.
package app

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"github.com/tienda-go/tienda/kit/config"

	"github.com/tienda-go/tienda/auth/ports"
)

// Dependencias is what the use cases need from outside.
type Dependencias struct {
	Usuarios        ports.Usuarios
	Actores         ports.Actores
	Administradores ports.Administradores
	Sesiones        ports.Sesiones
	Revocaciones    ports.Revocaciones
	Intentos        ports.Intentos
	Registros       ports.Registros
	Auditoria       ports.Auditoria
	Contrasenas     ports.Contrasenas
	Firmador        ports.Firmador
	Reloj           func() time.Time // UTC, microseconds
	NuevoID         func() string
	Log             *slog.Logger              // for events of accounts
	VidaToken       time.Duration             // of users' access tokens
	MaxRegistros    int                       // accounts that one network may open in 24 h; 0 = any number
	Secretos        map[string]config.Secret  // of the services, by name
	Sucesor         func(token string) string // of a refresh token: always the same one, and impossible to guess
}

// Servicio offers the use cases.
type Servicio struct {
	d     Dependencias
	aforo aforo
}

// New makes the service; every dependency is required.
func New(d Dependencias) *Servicio {
	return &Servicio{d: d, aforo: aforo{dentro: map[ports.Solicitud]int{}}}
}

// Tokens is the result of a login or a refresh.
type Tokens struct {
	Acceso   string
	Vida     time.Duration // of Acceso
	Refresco string
}

// NuevoSucesor derives a refresh token from its predecessor and SECRET_KEY (RFC 5869): a retry gets the same, and none is stored.
func NuevoSucesor(secreto config.Secret) (func(token string) string, error) {
	key, err := hkdf.Key(sha256.New, []byte(secreto.Reveal()), nil, "tienda auth refresh successor v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derivar clave: %w", err)
	}
	return func(token string) string {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(token))
		return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}, nil
}

// nuevoRefresco makes a refresh token and its stored hash, without salt or stretching: 256 random bits cannot be guessed.
func nuevoRefresco() (token, hash string) {
	var azar [32]byte
	_, _ = rand.Read(azar[:]) // never fails (crypto/rand, since Go 1.24)
	token = base64.RawURLEncoding.EncodeToString(azar[:])
	return token, huella(token)
}

func huella(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
