package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"sync"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
)

// ambitosDe names what a guess counts for without keeping any of it: who mistakes the fields types a password as a name.
func ambitosDe(u *domain.Usuario, c Credenciales) domain.Ambitos {
	cuenta := "desconocido " + c.NombreOEmail
	if u != nil {
		cuenta = "usuario " + strconv.FormatInt(u.ID(), 10)
	}
	red := "red " + c.Red
	return domain.Ambitos{CuentaYRed: huella(cuenta + "\n" + red), Cuenta: huella(cuenta), Red: huella(red)}
}

func huella(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// turnos lets the guesses of one account and address through one at a time, so that those under way never count as wrong ones
// against each other.
type turnos struct {
	mu sync.Mutex
	en map[string]*turno
}

type turno struct {
	libre   chan struct{} // holds one token
	esperan int
}

// tomar waits for the turn; the function gives it back. fault.ErrUnavailable when it does not come before ctx ends.
func (t *turnos) tomar(ctx context.Context, ambito string) (dejar func(), err error) {
	t.mu.Lock()
	x, ok := t.en[ambito]
	if !ok {
		x = &turno{libre: make(chan struct{}, 1)}
		x.libre <- struct{}{}
		t.en[ambito] = x
	}
	x.esperan++
	t.mu.Unlock()
	salir := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if x.esperan--; x.esperan == 0 {
			delete(t.en, ambito)
		}
	}
	select {
	case <-x.libre:
		return func() { x.libre <- struct{}{}; salir() }, nil
	case <-ctx.Done():
		salir()
		return nil, fault.ErrUnavailable.New("Hay demasiadas peticiones de esta cuenta a la vez. Repita la petición en unos segundos.").Because(ctx.Err())
	}
}
