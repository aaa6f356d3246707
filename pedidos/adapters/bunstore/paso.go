package bunstore

import (
	"time"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// pasoFila is a step in the JSON of a row; its names are short, because every write of an order repeats them.
type pasoFila struct {
	Accion    domain.Accion    `json:"a"`
	Cuando    time.Time        `json:"c"`
	Intento   int              `json:"i"`
	Micros    int64            `json:"us,omitempty"`
	Resultado domain.Resultado `json:"r"`
	Detalle   string           `json:"d,omitempty"`
	Interno   string           `json:"s,omitempty"`
	Peticion  string           `json:"q,omitempty"`
	Faltas    []faltaFila      `json:"f,omitempty"`
}

type faltaFila struct {
	ProductoID int64 `json:"p"`
	Solicitado int64 `json:"s"`
	Disponible int64 `json:"d"`
}

func aPasoFila(p domain.Paso) pasoFila {
	return pasoFila{
		p.Accion, p.Cuando, p.Intento, p.Duracion.Microseconds(), p.Resultado, p.Detalle, p.Interno, p.Peticion,
		convertir(p.Faltas, func(f domain.Falta) faltaFila { return faltaFila(f) }),
	}
}

func (f pasoFila) aDominio() domain.Paso {
	return domain.Paso{
		Accion: f.Accion, Cuando: f.Cuando, Intento: f.Intento, Duracion: time.Duration(f.Micros) * time.Microsecond,
		Resultado: f.Resultado, Detalle: f.Detalle, Interno: f.Interno, Peticion: f.Peticion,
		Faltas: convertir(f.Faltas, func(f faltaFila) domain.Falta { return domain.Falta(f) }),
	}
}
