package argon

import (
	"slices"

	"github.com/tienda-go/tienda/auth/ports"
)

// carril has the waiting requests of one lane.
type carril struct {
	filas    []*fila // in the order of their turns; none is empty
	esperan  int     // in all of them
	rechazos uint64
}

// fila has the waiting requests of one network, the oldest first.
type fila struct {
	red     string
	esperan []*espera
}

// espera is a waiting request.
type espera struct {
	ports.Solicitud
	llegada uint64
	listo   chan error // receives nil when the request has its place, or the error of its refusal
}

// fila returns the waiting requests of a network.
func (k *carril) fila(red string) *fila {
	for _, f := range k.filas {
		if f.red == red {
			return f
		}
	}
	f := &fila{red: red}
	k.filas = append(k.filas, f)
	return f
}

// siguiente takes the oldest request that may have a place, of the network whose turn it is; this network is then the last.
func (k *carril) siguiente(turnos map[string]struct{}) *espera {
	for i, f := range k.filas {
		for _, e := range f.esperan {
			if _, ocupado := turnos[e.Turno]; ocupado {
				continue
			}
			k.filas = append(slices.Delete(k.filas, i, i+1), f)
			k.quitar(e)
			return e
		}
	}
	return nil
}

// masLarga is the network with the most requests; among equals, the one with the newest request.
func (k *carril) masLarga() *fila {
	return slices.MaxFunc(k.filas, func(a, b *fila) int {
		if len(a.esperan) != len(b.esperan) {
			return len(a.esperan) - len(b.esperan)
		}
		if a.esperan[len(a.esperan)-1].llegada < b.esperan[len(b.esperan)-1].llegada {
			return -1
		}
		return 1
	})
}

// rechazar refuses the newest request of f.
func (k *carril) rechazar(f *fila) {
	e := f.esperan[len(f.esperan)-1]
	k.quitar(e)
	k.rechazos++
	e.listo <- saturada()
}

// quitar removes e, and reports whether it was there.
func (k *carril) quitar(e *espera) bool {
	for i, f := range k.filas {
		j := slices.Index(f.esperan, e)
		if j < 0 {
			continue
		}
		f.esperan = slices.Delete(f.esperan, j, j+1)
		if len(f.esperan) == 0 {
			k.filas = slices.Delete(k.filas, i, i+1)
		}
		k.esperan--
		return true
	}
	return false
}
