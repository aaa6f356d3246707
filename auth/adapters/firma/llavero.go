// Package firma signs access tokens with Ed25519 keys, and publishes the public keys. The private keys are encrypted in the
// database, which all instances of auth share.
package firma

import (
	"context"
	"crypto/cipher"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/tienda-go/tienda/kit/authn"
	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

const (
	// maxEdad is how long the keys are used before they are read again: another instance may have made new ones.
	maxEdad = 30 * time.Second
	// edadFresca is how long after a read an unknown kid is refused without another read. A key is in the database for esperaFirma
	// before it signs, so that the read has it; forged kids cause at most one read in this time.
	edadFresca = 5 * time.Second
	// maxVidaClave is how long a key signs (NIST SP 800-57 allows up to three years).
	maxVidaClave = 90 * 24 * time.Hour
	// vidaRetirada is how long a retired key is published: longer than the life of any token that it signed.
	vidaRetirada = authn.MaxUserLife + 10*time.Minute
	// esperaFirma is how long a new key is published before it signs: services fetch the keys every 15 s.
	esperaFirma = 30 * time.Second
)

// Llavero is the key ring.
type Llavero struct {
	claves ports.Claves
	sello  cipher.AEAD
	emisor string
	reloj  func() time.Time
	lector *lector

	mu         sync.Mutex
	publicadas []ports.Clave // the newest first
	firman     []firmante    // the key that signs now, then the keys that will sign later
	nacida     time.Time     // when the newest key was made
	leidas     time.Time     // when the keys were last read, or a read was tried
	vistas     time.Time     // when the read began that returned the current keys
}

// firmante is a key that signs until an instant; zero = without end.
type firmante struct {
	kid     string
	privada ed25519.PrivateKey
	hasta   time.Time
}

var (
	_ ports.Firmador = (*Llavero)(nil)
	_ authn.Keys     = (*Llavero)(nil)
)

// Abrir reads the keys and makes the first one if there is none. When another SECRET_KEY encrypted them, the error says so.
func Abrir(
	ctx context.Context, claves ports.Claves, secreto config.Secret, emisor string, reloj func() time.Time,
) (*Llavero, error) {
	sello, err := nuevoSello(secreto)
	if err != nil {
		return nil, err
	}
	l := &Llavero{claves: claves, sello: sello, emisor: emisor, reloj: reloj}
	l.lector = nuevoLector(l.leer)
	primera, err := l.nueva()
	if err != nil {
		return nil, err
	}
	if err := claves.CrearSiFalta(ctx, primera); err != nil {
		return nil, fmt.Errorf("guardar clave de firma: %w", err)
	}
	return l, l.leer(ctx) // the only read outside of lector: no other goroutine has l yet
}

// Reponer replaces every key by a new one, without reading the old ones: for a stolen key, and for a lost SECRET_KEY. All tokens
// are refused as soon as auth and the other services have read the keys again (30 s), and every session ends. It returns the new
// key's id. fault.ErrUnavailable.
func Reponer(ctx context.Context, claves ports.Claves, secreto config.Secret, reloj func() time.Time) (kid string, err error) {
	sello, err := nuevoSello(secreto)
	if err != nil {
		return "", err
	}
	c, err := (&Llavero{sello: sello, reloj: reloj}).nueva()
	if err != nil {
		return "", err
	}
	return c.Kid, claves.Reponer(ctx, c)
}

// Rotar implements ports.Firmador. Every instance publishes the new key at once, and signs with it from the instant in its row.
// An instance that has not read that row yet signs with the old key a little longer, which is still published.
func (l *Llavero) Rotar(ctx context.Context, quien *domain.Solicitante) (string, error) {
	c, err := l.nueva()
	if err != nil {
		return "", err
	}
	if err := l.claves.Relevar(ctx, quien, c, c.CreadaEn.Add(esperaFirma), c.CreadaEn.Add(-vidaRetirada)); err != nil {
		return "", fmt.Errorf("guardar clave de firma: %w", err)
	}
	return c.Kid, l.lector.reciente(ctx)
}

// RotarPorEdad rotates when the signing key is older than maxVidaClave, and reports whether it did.
func (l *Llavero) RotarPorEdad(ctx context.Context) (bool, error) {
	if err := l.lector.reciente(ctx); err != nil {
		return false, err
	}
	l.mu.Lock()
	edad := l.reloj().Sub(l.nacida)
	l.mu.Unlock()
	if edad < maxVidaClave {
		return false, nil
	}
	_, err := l.Rotar(ctx, nil)
	return err == nil, err
}

// leer reads the keys from the database, called by lector, so that an older read never replaces the result of a newer one.
func (l *Llavero) leer(ctx context.Context) error {
	empieza := l.reloj()
	claves, err := l.claves.Todas(ctx)
	if err != nil {
		return fmt.Errorf("leer claves de firma: %w", err)
	}
	activa := slices.IndexFunc(claves, ports.Clave.Activa)
	if activa < 0 {
		return errors.New("the database has no active signing key")
	}
	nacida, now := claves[activa].CreadaEn, l.reloj()
	// The tokens of these keys have expired: their rows stay until the next rotation, but verify no token.
	caducada := func(c ports.Clave) bool { return !c.Activa() && c.RetiradaEn.Before(now.Add(-vidaRetirada)) }
	claves = slices.DeleteFunc(claves, caducada)
	var firman []firmante
	for _, c := range slices.Backward(claves) { // the oldest signs first
		if c.Activa() || now.Before(c.RetiradaEn) {
			privada, err := l.descifrar(c.Kid, c.Cifrada)
			if err != nil {
				return err
			}
			firman = append(firman, firmante{c.Kid, privada, c.RetiradaEn})
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.publicadas, l.firman, l.nacida, l.leidas, l.vistas = claves, firman, nacida, l.reloj(), empieza
	return nil
}

// alDia reads the keys again when they are old. While the database is down the known keys stay in use.
func (l *Llavero) alDia(ctx context.Context) {
	l.mu.Lock()
	now := l.reloj()
	stale := now.Sub(l.leidas) > maxEdad
	if stale {
		l.leidas = now // one request reads, the others do not wait
	}
	l.mu.Unlock()
	if stale {
		_ = l.lector.reciente(ctx)
	}
}

// Firmar implements ports.Firmador.
func (l *Llavero) Firmar(ctx context.Context, t ports.DatosDeToken) (string, error) {
	l.alDia(ctx)
	clave := l.firmante()
	now := t.Fecha
	if now.IsZero() {
		now = l.reloj()
	}
	claims := jwt.MapClaims{
		"iss": l.emisor, "sub": t.Sujeto, "aud": t.Audiencia, "scope": strings.Join(t.Alcances, " "), "jti": uuid.NewString(),
		"iat": now.Unix(), "exp": now.Add(t.Vida).Unix(),
	}
	if t.Sesion != "" {
		claims["sid"] = t.Sesion
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	token.Header["typ"], token.Header["kid"] = authn.TokenType, clave.kid
	signed, err := token.SignedString(clave.privada)
	if err != nil {
		return "", fmt.Errorf("firmar token: %w", err)
	}
	return signed, nil
}

// firmante is the key that signs now.
func (l *Llavero) firmante() firmante {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.reloj()
	for _, f := range l.firman {
		if f.hasta.IsZero() || now.Before(f.hasta) {
			return f
		}
	}
	return l.firman[len(l.firman)-1] // leer gives the newest key no end
}

// Key implements authn.Keys: auth verifies tokens with its own ring. An unknown kid may belong to a key that another instance
// has made, unless the ring was read within edadFresca.
func (l *Llavero) Key(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	l.alDia(ctx)
	public, ok, fresco := l.publica(kid)
	if ok {
		return public, nil
	}
	if !fresco {
		if err := l.lector.reciente(ctx); err != nil {
			return nil, fault.ErrUnavailable.New("No se puede saber si la clave existe.").Because(err)
		}
		if public, ok, _ = l.publica(kid); ok {
			return public, nil
		}
	}
	return nil, authn.ErrUnknownKey
}

// publica finds a key, and reports whether the ring was read within edadFresca.
func (l *Llavero) publica(kid string) (public ed25519.PublicKey, ok, fresco bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.IndexFunc(l.publicadas, func(c ports.Clave) bool { return c.Kid == kid }); i >= 0 {
		public, ok = l.publicadas[i].Publica, true
	}
	return public, ok, l.reloj().Sub(l.vistas) < edadFresca
}

// Publicas are the keys that verify tokens, the newest first. It reads them again, because a caller may have a token of a key
// that another instance has just made. While the database is down, it returns the known keys.
func (l *Llavero) Publicas(ctx context.Context) []ports.ClavePublica {
	_ = l.lector.reciente(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]ports.ClavePublica, len(l.publicadas))
	for i, c := range l.publicadas {
		all[i] = ports.ClavePublica{Kid: c.Kid, X: base64.RawURLEncoding.EncodeToString(c.Publica)}
	}
	return all
}
