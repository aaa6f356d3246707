package domain

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tienda-go/tienda/kit/fault"
)

// MaxLineas is how many lines a request may have.
const MaxLineas = 100

// Linea is a quantity of one product.
type Linea struct {
	ProductoID int64
	Cantidad   int64
}

// sumarLineas returns one line a product, by product ascending. Every change takes stock in this order, so that two reservations
// never wait for each other.
func sumarLineas(mal *fault.Fields, lineas []Linea) []Linea {
	if len(lineas) < 1 || len(lineas) > MaxLineas {
		mal.Add("lineas", "LONGITUD", fmt.Sprintf("Envíe entre 1 y %d líneas.", MaxLineas))
		return nil
	}
	sumas := make(map[int64]int64, len(lineas)) // by product
	for i, l := range lineas {
		campo := fmt.Sprintf("lineas[%d]", i)
		antes := len(*mal)
		revisarProducto(mal, campo+".producto_id", l.ProductoID)
		revisarRango(mal, campo+".cantidad", l.Cantidad, 1, MaxCantidad)
		if len(*mal) > antes {
			continue
		}
		sumas[l.ProductoID] += l.Cantidad // at most MaxLineas × MaxCantidad: cannot overflow
		if sumas[l.ProductoID] > MaxCantidad {
			mal.Add(campo+".cantidad", "FUERA_DE_RANGO",
				fmt.Sprintf("Las líneas de un mismo producto pueden sumar hasta %d unidades.", MaxCantidad))
		}
	}
	sumadas := make([]Linea, 0, len(sumas))
	for _, id := range slices.Sorted(maps.Keys(sumas)) {
		sumadas = append(sumadas, Linea{ProductoID: id, Cantidad: sumas[id]})
	}
	return sumadas
}

// ordenadas reports whether lines from storage are as sumarLineas makes them.
func ordenadas(lineas []Linea) bool {
	for i, l := range lineas {
		if l.Cantidad < 1 || i > 0 && lineas[i-1].ProductoID >= l.ProductoID {
			return false
		}
	}
	return true
}

// cambiosDe is what one cause does to the stock of each line's product.
func cambiosDe(t Tipo, lineas []Linea) []Cambio {
	cambios := make([]Cambio, len(lineas))
	for i, l := range lineas {
		cambios[i] = NewCambio(t, l.ProductoID, l.Cantidad)
	}
	return cambios
}
