package domain

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/money"
)

// The limits of an order.
const (
	MaxLineas   = 100
	MaxCantidad = 1_000_000 // units a line, repeated lines of a product summed
)

// Articulo is a product as the catalogue describes it at this moment.
type Articulo struct {
	ID      int64
	Nombre  string
	Precio  money.Amount
	Moneda  money.Currency
	EnVenta bool // the catalogue may know products that are not for sale
}

// LineaPedida is what a customer asks for.
type LineaPedida struct {
	ProductoID     int64
	Cantidad       int64         // units
	PrecioEsperado *money.Amount // refuse the order if the price is another; nil = any
}

// Linea is one product of an order, with its name and price as they were when it was ordered.
type Linea struct {
	ProductoID int64
	Nombre     string
	Precio     money.Amount // of one unit
	Cantidad   int64        // units
	Subtotal   money.Amount // Precio × Cantidad, always
}

// SumarLineas checks what a customer asks for and sums repeated lines of a product, in order of product id. It returns
// fault.ErrInvalid with every line that is wrong.
func SumarLineas(pedidas []LineaPedida) ([]LineaPedida, error) {
	var f fault.Fields
	if len(pedidas) == 0 || len(pedidas) > MaxLineas {
		f.Add("lineas", "LONGITUD", fmt.Sprintf("Debe tener entre 1 y %d líneas.", MaxLineas))
		return nil, f.Err()
	}
	sumadas := make([]LineaPedida, 0, len(pedidas))
	for i, l := range pedidas {
		if l.ProductoID < 1 {
			f.Add(fmt.Sprintf("lineas[%d].producto_id", i), "FUERA_DE_RANGO", "Debe ser el identificador de un producto.")
		}
		at := slices.IndexFunc(sumadas, func(s LineaPedida) bool { return s.ProductoID == l.ProductoID })
		if at < 0 {
			sumadas = append(sumadas, LineaPedida{ProductoID: l.ProductoID, PrecioEsperado: l.PrecioEsperado})
			at = len(sumadas) - 1
		}
		total := &sumadas[at]
		if l.Cantidad < 1 || l.Cantidad > MaxCantidad-total.Cantidad {
			f.Add(fmt.Sprintf("lineas[%d].cantidad", i), "FUERA_DE_RANGO",
				fmt.Sprintf("Debe ser mayor que 0 y sumar como mucho %d por producto.", MaxCantidad))
			continue
		}
		total.Cantidad += l.Cantidad
		switch {
		case total.PrecioEsperado == nil:
			total.PrecioEsperado = l.PrecioEsperado
		case l.PrecioEsperado != nil && *l.PrecioEsperado != *total.PrecioEsperado:
			f.Add(fmt.Sprintf("lineas[%d].precio_esperado", i), "VALOR", "El mismo producto no puede tener dos precios.")
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(sumadas, func(a, b LineaPedida) int { return cmp.Compare(a.ProductoID, b.ProductoID) })
	return sumadas, nil
}

// tasar prices what was asked for with the catalogue of this moment. See NewPedido for its errors.
func tasar(pedidas []LineaPedida, catalogo map[int64]Articulo) ([]Linea, money.Currency, money.Amount, error) {
	if err := enVenta(pedidas, catalogo); err != nil {
		return nil, "", 0, err
	}
	var (
		f      fault.Fields
		total  money.Amount
		moneda = catalogo[pedidas[0].ProductoID].Moneda
		lineas = make([]Linea, 0, len(pedidas))
	)
	for i, p := range pedidas {
		articulo := catalogo[p.ProductoID]
		if articulo.Moneda != moneda {
			return nil, "", 0, ErrMonedasMezcladas.New("Un pedido se paga en una sola moneda. Haga un pedido por moneda.")
		}
		subtotal, err := articulo.Precio.Times(p.Cantidad)
		if err == nil {
			total, err = total.Plus(subtotal)
		}
		if err != nil {
			f.Add(fmt.Sprintf("lineas[%d].cantidad", i), "FUERA_DE_RANGO", "El total del pedido pasaría de "+money.Max.String()+".")
			return nil, "", 0, f.Err()
		}
		lineas = append(lineas, Linea{
			ProductoID: p.ProductoID, Nombre: articulo.Nombre, Precio: articulo.Precio, Cantidad: p.Cantidad, Subtotal: subtotal,
		})
	}
	return lineas, moneda, total, nil
}

// enVenta refuses what the catalogue does not sell, or not at the price that the customer saw.
func enVenta(pedidas []LineaPedida, catalogo map[int64]Articulo) error {
	var faltan, retirados []int64
	var distintos []map[string]any
	for _, p := range pedidas {
		articulo, known := catalogo[p.ProductoID]
		switch {
		case !known:
			faltan = append(faltan, p.ProductoID)
		case !articulo.EnVenta:
			retirados = append(retirados, p.ProductoID)
		case p.PrecioEsperado != nil && *p.PrecioEsperado != articulo.Precio:
			distintos = append(distintos, map[string]any{
				"producto_id": p.ProductoID, "precio_esperado": *p.PrecioEsperado, "precio": articulo.Precio,
			})
		}
	}
	switch {
	case len(faltan) > 0:
		return ErrProductoNoExiste.New("El catálogo no tiene los productos indicados en productos.").With("productos", faltan)
	case len(retirados) > 0:
		return ErrProductoNoDisponible.New("Los productos indicados no están a la venta.").With("productos", retirados)
	case len(distintos) > 0:
		return ErrPrecioCambiado.New("El precio ya no es el esperado. Confirme el nuevo y repita el pedido.").With("lineas", distintos)
	}
	return nil
}
