package domain

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tienda-go/tienda/kit/fault"
)

// MaxLineas is the most lines that a reservation may be asked with.
const MaxLineas = 100

// Linea is a quantity of one product.
type Linea struct {
	ProductoID int64
	Cantidad   int64
}

// sumarLineas returns one line a product, by product ascending: the order in which all paths take stock, so that no two
// reservations ever wait for each other.
func sumarLineas(mal *fault.Fields, lineas []Linea) []Linea {
	if len(lineas) < 1 || len(lineas) > MaxLineas {
		mal.Add("lineas", "LONGITUD", fmt.Sprintf("Envíe entre 1 y %d líneas.", MaxLineas))
		return nil
	}
	primera := make(map[int64]int, len(lineas)) // of each product, its place in sumadas
	sumadas := make([]Linea, 0, len(lineas))
	for i, l := range lineas {
		campo := fmt.Sprintf("lineas[%d]", i)
		antes := len(*mal)
		revisarProducto(mal, campo+".producto_id", l.ProductoID)
		revisarRango(mal, campo+".cantidad", l.Cantidad, 1, MaxCantidad)
		if len(*mal) > antes {
			continue
		}
		j, repetida := primera[l.ProductoID]
		if !repetida {
			primera[l.ProductoID] = len(sumadas)
			sumadas = append(sumadas, l)
			continue
		}
		sumadas[j].Cantidad += l.Cantidad // at most MaxLineas × MaxCantidad: cannot overflow
		if sumadas[j].Cantidad > MaxCantidad {
			mal.Add(campo+".cantidad", "FUERA_DE_RANGO",
				fmt.Sprintf("Las líneas de un mismo producto pueden sumar hasta %d unidades.", MaxCantidad))
		}
	}
	slices.SortFunc(sumadas, func(a, b Linea) int { return cmp.Compare(a.ProductoID, b.ProductoID) })
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
