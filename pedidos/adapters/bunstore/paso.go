package bunstore

import (
	"encoding/json"
	"time"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// pasoFila is a step in the JSON of a row; its names are short, because every write of an order repeats them.
type pasoFila struct {
	Accion    string      `json:"a"`
	Cuando    time.Time   `json:"c"`
	Intento   int         `json:"i"`
	Micros    int64       `json:"us,omitempty"`
	Resultado string      `json:"r"`
	Detalle   string      `json:"d,omitempty"`
	Interno   string      `json:"s,omitempty"`
	Peticion  string      `json:"q,omitempty"`
	Faltas    []faltaFila `json:"f,omitempty"`
}

type faltaFila struct {
	ProductoID int64 `json:"p"`
	Solicitado int64 `json:"s"`
	Disponible int64 `json:"d"`
}

func pasosAFila(pasos []domain.Paso) (string, error) {
	filas := make([]pasoFila, len(pasos))
	for i, p := range pasos {
		filas[i] = pasoFila{
			Accion: string(p.Accion), Cuando: p.Cuando, Intento: p.Intento, Micros: p.Duracion.Microseconds(),
			Resultado: string(p.Resultado), Detalle: p.Detalle, Interno: p.Interno, Peticion: p.Peticion,
		}
		for _, f := range p.Faltas {
			filas[i].Faltas = append(filas[i].Faltas, faltaFila(f))
		}
	}
	raw, err := json.Marshal(filas)
	return string(raw), err
}

// pasosADominio is nil for a row that was read without its story.
func pasosADominio(raw string) ([]domain.Paso, error) {
	if raw == "" {
		return nil, nil
	}
	var filas []pasoFila
	if err := json.Unmarshal([]byte(raw), &filas); err != nil {
		return nil, err
	}
	pasos := make([]domain.Paso, len(filas))
	for i, f := range filas {
		pasos[i] = domain.Paso{
			Accion: domain.Accion(f.Accion), Cuando: f.Cuando.UTC(), Intento: f.Intento,
			Duracion: time.Duration(f.Micros) * time.Microsecond, Resultado: domain.Resultado(f.Resultado), Detalle: f.Detalle,
			Interno: f.Interno, Peticion: f.Peticion,
		}
		for _, falta := range f.Faltas {
			pasos[i].Faltas = append(pasos[i].Faltas, domain.Falta(falta))
		}
	}
	return pasos, nil
}
