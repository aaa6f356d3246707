package bunstore

import (
	"time"

	"github.com/tienda-go/tienda/inventario/domain"
)

// efecto is what the key of a request is bound to: the record of the stock after the change, so that a retry of the request gets
// the same answer and changes nothing.
type efecto struct {
	ProductoID    int64     `json:"producto_id"`
	Fisico        int64     `json:"fisico"`
	Reservado     int64     `json:"reservado"`
	Minimo        int64     `json:"minimo"`
	Version       int64     `json:"version"`
	ActualizadoEn time.Time `json:"actualizado_en"`
}

func (e efecto) aDominio() (*domain.Existencias, error) {
	return domain.RehidratarExistencias(domain.RegistroExistencias(e))
}
