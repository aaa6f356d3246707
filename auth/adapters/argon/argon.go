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
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

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
	// calma is the time without a hash after which memory is returned to the system: Go's collector keeps the memory of the last
	// hashes for minutes.
	calma = time.Second
)

// Contrasenas computes hashes on all cores but one, eight at most: memory stays bounded when many users log in, and requests
// without a hash need not wait. Requests that wait for a core are in cola.
type Contrasenas struct {
	parametros Parametros
	cola       *cola
	reposo     *time.Timer // returns the memory
	senuelo    string      // a hash that no password has, for users that do not exist
}

var _ ports.Contrasenas = (*Contrasenas)(nil)

// New builds the hasher.
func New(p Parametros) *Contrasenas {
	reposo := time.AfterFunc(calma, debug.FreeOSMemory)
	reposo.Stop() // until the first hash has ended
	return &Contrasenas{
		parametros: p,
		reposo:     reposo,
		cola:       nuevaCola(max(1, min(runtime.GOMAXPROCS(0)-1, 8))),
		senuelo:    encode(p, make([]byte, saltBytes), make([]byte, keyBytes)),
	}
}

// Cifrar implements ports.Contrasenas.
func (c *Contrasenas) Cifrar(ctx context.Context, s ports.Solicitud, contrasena string) (string, error) {
	dejar, err := c.cola.tomar(ctx, s)
	if err != nil {
		return "", err
	}
	defer c.reposo.Reset(calma)
	defer dejar()
	desde := time.Now()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails (crypto/rand, since Go 1.24)
	key := derive(c.parametros, contrasena, salt)
	c.cola.medir(time.Since(desde))
	return encode(c.parametros, salt, key), nil
}

// Comprobar implements ports.Contrasenas.
func (c *Contrasenas) Comprobar(
	ctx context.Context, s ports.Solicitud, formas []string, hash string, antes func() error,
) (ok, debil bool, err error) {
	imposible := hash == "" || len(formas) == 0
	if imposible {
		hash = c.senuelo
	}
	if len(formas) == 0 {
		formas = []string{""}
	}
	p, salt, key, err := decode(hash)
	if err != nil {
		return false, false, err
	}
	dejar, err := c.cola.tomar(ctx, s)
	if err != nil {
		return false, false, err
	}
	defer c.reposo.Reset(calma)
	defer dejar()
	desde := time.Now()
	if err := antes(); err != nil {
		return false, false, err
	}
	defer func() { c.cola.medir(time.Since(desde)) }() // including antes, which runs in the same place
	for i, forma := range formas {
		if subtle.ConstantTimeCompare(derive(p, forma, salt), key) == 1 && !imposible {
			return true, i > 0 || p.Memoria < c.parametros.Memoria || p.Tiempo < c.parametros.Tiempo, nil
		}
	}
	return false, false, nil
}

func derive(p Parametros, contrasena string, salt []byte) []byte {
	return argon2.IDKey([]byte(contrasena), salt, p.Tiempo, p.Memoria, p.Hilos, keyBytes)
}

// encode writes the PHC string format.
func encode(p Parametros, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memoria, p.Tiempo, p.Hilos,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

func decode(hash string) (p Parametros, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, errors.New("argon: hash of another kind")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memoria, &p.Tiempo, &p.Hilos); err != nil {
		return p, nil, nil, fmt.Errorf("leer hash: %w", err)
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err1, err2); err != nil || len(key) != keyBytes || p.Hilos == 0 || p.Tiempo == 0 {
		return p, nil, nil, errors.New("argon: damaged hash")
	}
	return p, salt, key, nil
}
