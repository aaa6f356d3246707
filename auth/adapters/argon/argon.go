// Package argon hashes passwords with argon2id, a few at a time.
package argon

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/ports"
)

// Parametros of argon2id.
type Parametros struct {
	Memoria uint32 // KiB
	Tiempo  uint32 // passes
	Hilos   uint8
}

// Actuales are OWASP's minimum (Password Storage Cheat Sheet): 19 MiB, 2 passes, 1 lane.
var Actuales = Parametros{Memoria: 19 << 10, Tiempo: 2, Hilos: 1}

const (
	saltBytes = 16
	keyBytes  = 32
)

// Contrasenas is the hasher. Hashes run on all cores but one, eight at most: memory stays bounded however many log in, and what
// needs no hash does not wait behind those that do.
type Contrasenas struct {
	parametros Parametros
	turnos     chan struct{}
	senuelo    string // hash that no password has, for users that do not exist
}

var _ ports.Contrasenas = (*Contrasenas)(nil)

// New builds the hasher.
func New(p Parametros) *Contrasenas {
	return &Contrasenas{
		parametros: p,
		turnos:     make(chan struct{}, max(1, min(runtime.NumCPU()-1, 8))),
		senuelo:    encode(p, make([]byte, saltBytes), make([]byte, keyBytes)),
	}
}

// Cifrar implements ports.Contrasenas.
func (c *Contrasenas) Cifrar(ctx context.Context, contrasena string) (string, error) {
	done, err := c.turno(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails (crypto/rand, since Go 1.24)
	return encode(c.parametros, salt, derive(c.parametros, contrasena, salt)), nil
}

// Comprobar implements ports.Contrasenas.
func (c *Contrasenas) Comprobar(ctx context.Context, contrasena, hash string, antes func() error) (ok, debil bool, err error) {
	decoy := hash == ""
	if decoy {
		hash = c.senuelo
		if len(contrasena) > 1024 {
			contrasena = contrasena[:1024] // nobody's: only its time matters
		}
	}
	p, salt, key, err := decode(hash)
	if err != nil {
		return false, false, err
	}
	done, err := c.turno(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	if err := antes(); err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(derive(p, contrasena, salt), key) == 1
	return same && !decoy, p.Memoria < c.parametros.Memoria || p.Tiempo < c.parametros.Tiempo, nil
}

// turno waits for a place, but not longer than the request.
func (c *Contrasenas) turno(ctx context.Context) (done func(), err error) {
	select {
	case c.turnos <- struct{}{}:
		return func() { <-c.turnos }, nil
	case <-ctx.Done():
		return nil, fault.ErrUnavailable.New("Hay demasiadas entradas a la vez. Repita la petición en unos segundos.").
			After(2 * time.Second).Because(ctx.Err())
	}
}

func derive(p Parametros, contrasena string, salt []byte) []byte {
	return argon2.IDKey([]byte(contrasena), salt, p.Tiempo, p.Memoria, p.Hilos, keyBytes)
}

// encode writes the PHC string format.
func encode(p Parametros, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memoria, p.Tiempo, p.Hilos, b64.EncodeToString(salt), b64.EncodeToString(key))
}

func decode(hash string) (p Parametros, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, errors.New("argon: hash of another kind")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memoria, &p.Tiempo, &p.Hilos); err != nil {
		return p, nil, nil, fmt.Errorf("argon: %w", err)
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err1, err2); err != nil || len(key) != keyBytes || p.Hilos == 0 || p.Tiempo == 0 {
		return p, nil, nil, errors.New("argon: damaged hash")
	}
	return p, salt, key, nil
}
