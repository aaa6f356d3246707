package bunstore

import (
	"time"

	"github.com/tienda-go/tienda/inventario/domain"
)

// efecto is what the key of a request is bound to: the stock after it, so that the same request can be answered again without
// being done again.
type efecto struct {
	ProductoID    int64     `json:"producto_id"`
	Fisico        int64     `json:"fisico"`
	Reservado     int64     `json:"reservado"`
	Minimo        int64     `json:"minimo"`
	Version       int64     `json:"version"`
	ActualizadoEn time.Time `json:"actualizado_en"`
}

func aEfecto(e *domain.Existencias) efecto {
	f := aFilaExistencias(e)
	return efecto{f.ProductoID, f.Fisico, f.Reservado, f.Minimo, f.Version, f.ActualizadoEn}
}

func (e efecto) aDominio() *domain.Existencias {
	f := filaExistencias{
		ProductoID: e.ProductoID, Fisico: e.Fisico, Reservado: e.Reservado, Minimo: e.Minimo, Version: e.Version,
		ActualizadoEn: e.ActualizadoEn,
	}
	return f.aDominio()
}
