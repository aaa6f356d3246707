package app

import (
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// ambitosDe returns only hashes of what a guess counts for, because a user may type a password into the field for the name.
func ambitosDe(u *domain.Usuario, c Credenciales) domain.Ambitos {
	cuenta := "desconocido " + domain.NormalizarIdentificador(c.NombreOEmail).Clave
	if u != nil {
		cuenta = "usuario " + strconv.FormatInt(u.ID(), 10)
	}
	return domain.Ambitos{CuentaYRed: huella(cuenta + "\nred " + c.Red), Cuenta: huella(cuenta), Red: huellaDeRed(c.Red)}
}

// huellaDeRed is the name under which a network is counted.
func huellaDeRed(red string) string { return huella("red " + red) }

// vecindad is the group of networks that share one turn: for IPv6 the /48, because one client may have many /64.
func vecindad(red string) string {
	prefijo, err := netip.ParsePrefix(red)
	if err != nil || !prefijo.Addr().Is6() {
		return red
	}
	return netip.PrefixFrom(prefijo.Addr(), min(48, prefijo.Bits())).Masked().String()
}

const (
	// maxPorRed is how many requests that hash a password one network may have in work or waiting: far less than kit/httpserver
	// allows one caller, because these requests cost more, and several networks send them at the same time.
	maxPorRed = 64
	// esperaRed is how long the client of a refused request must wait.
	esperaRed = 2 * time.Second
)

// aforo counts the requests in work, by lane and network.
type aforo struct {
	mu     sync.Mutex
	dentro map[ports.Solicitud]int
}

// entrar admits a request, and the caller calls salir at its end. fault.ErrUnavailable when the network has too many requests.
func (a *aforo) entrar(carril ports.Carril, red string) (salir func(), err error) {
	puerta := ports.Solicitud{Carril: carril, Red: red}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dentro[puerta] >= maxPorRed {
		return nil, fault.ErrUnavailable.
			New("Llegan demasiadas peticiones a la vez desde su red. Repita la petición en unos segundos.").After(esperaRed)
	}
	a.dentro[puerta]++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.dentro[puerta]--; a.dentro[puerta] == 0 {
			delete(a.dentro, puerta)
		}
	}, nil
}
