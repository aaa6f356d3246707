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
	Oculto  bool // a draft, or archived as one: it does not exist for customers
	EnVenta bool // the catalogue also has products that are not on sale
}

// LineaPedida is a line of a request.
type LineaPedida struct {
	ProductoID     int64
	Cantidad       int64           // units
	PrecioEsperado *money.Amount   // refuse the order at another price; nil = accept any
	MonedaEsperada *money.Currency // refuse the order in another currency; nil = accept any
	Campo          string          // its place in the request: "lineas[2]."; "" = the request itself
}

// Linea is one product of an order, with its name and price at the moment of the order.
type Linea struct {
	ProductoID int64
	Nombre     string
	Precio     money.Amount // of one unit
	Cantidad   int64        // units
	Subtotal   money.Amount // Precio × Cantidad, always
}

// SumarLineas checks lines and sums repeated lines of a product, by product ascending. fault.ErrInvalid names every wrong field
// as the client wrote it.
func SumarLineas(pedidas []LineaPedida) ([]LineaPedida, error) {
	var f fault.Fields
	if len(pedidas) == 0 || len(pedidas) > MaxLineas {
		f.Add("lineas", "LONGITUD", fmt.Sprintf("Debe tener entre 1 y %d líneas.", MaxLineas))
		return nil, f.Err()
	}
	sumadas := make([]LineaPedida, 0, len(pedidas))
	for _, l := range pedidas {
		if l.ProductoID < 1 {
			f.Add(l.Campo+"producto_id", "FUERA_DE_RANGO", "Debe ser el identificador de un producto.")
		}
		at := slices.IndexFunc(sumadas, func(s LineaPedida) bool { return s.ProductoID == l.ProductoID })
		if at < 0 {
			sumadas = append(sumadas, LineaPedida{ProductoID: l.ProductoID})
			at = len(sumadas) - 1
		}
		total := &sumadas[at]
		if l.Cantidad < 1 || l.Cantidad > MaxCantidad-total.Cantidad {
			f.Add(l.Campo+"cantidad", "FUERA_DE_RANGO",
				fmt.Sprintf("Debe ser mayor que 0 y sumar como mucho %d por producto.", MaxCantidad))
			continue
		}
		total.Cantidad += l.Cantidad
		if !coinciden(&total.PrecioEsperado, l.PrecioEsperado) {
			f.Add(l.Campo+"precio_esperado", "VALOR", "El mismo producto no puede tener dos precios.")
		}
		if !coinciden(&total.MonedaEsperada, l.MonedaEsperada) {
			f.Add(l.Campo+"moneda_esperada", "VALOR", "El mismo producto no puede tener dos monedas.")
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(sumadas, func(a, b LineaPedida) int { return cmp.Compare(a.ProductoID, b.ProductoID) })
	return sumadas, nil
}

// coinciden adds what one more line of a product expects; false when an earlier line expects something else.
func coinciden[T comparable](antes **T, otro *T) bool {
	if *antes == nil {
		*antes = otro
	}
	return otro == nil || *otro == **antes
}

// Senalar adds a field error to a refusal, for each line of the product as the client wrote it.
func Senalar(e *fault.Error, pedidas []LineaPedida, productoID int64, mal fault.Field) {
	for _, p := range pedidas {
		if p.ProductoID == productoID {
			e.Fields = append(e.Fields, fault.Field{Campo: p.Campo + mal.Campo, Codigo: mal.Codigo, Mensaje: mal.Mensaje})
		}
	}
}

// tasar prices the lines with the catalogue of this moment. See NewPedido for its errors.
func tasar(n Nuevo) ([]Linea, money.Currency, money.Amount, error) {
	if err := enVenta(n); err != nil {
		return nil, "", 0, err
	}
	if err := unaMoneda(n); err != nil {
		return nil, "", 0, err
	}
	var (
		total  money.Amount
		lineas = make([]Linea, 0, len(n.Lineas))
	)
	for _, p := range n.Lineas {
		articulo := n.Catalogo[p.ProductoID]
		subtotal, err := articulo.Precio.Times(p.Cantidad)
		if err == nil {
			total, err = total.Plus(subtotal)
		}
		if err != nil {
			e := fault.ErrInvalid.New("El total del pedido pasaría de %s. Pida menos unidades.", money.Max)
			Senalar(e, n.Pedidas, p.ProductoID,
				fault.Field{Campo: "cantidad", Codigo: "FUERA_DE_RANGO", Mensaje: "El total pasaría del máximo."})
			return nil, "", 0, e
		}
		lineas = append(lineas, Linea{
			ProductoID: p.ProductoID, Nombre: articulo.Nombre, Precio: articulo.Precio, Cantidad: p.Cantidad, Subtotal: subtotal,
		})
	}
	return lineas, n.Catalogo[n.Lineas[0].ProductoID].Moneda, total, nil
}

// unaMoneda refuses an order in several currencies; the currency of the first line counts.
func unaMoneda(n Nuevo) error {
	e := ErrMonedasMezcladas.New("Un pedido se paga en una sola moneda. Haga un pedido por moneda.")
	moneda := n.Catalogo[n.Lineas[0].ProductoID].Moneda
	if len(n.Pedidas) > 0 {
		moneda = n.Catalogo[n.Pedidas[0].ProductoID].Moneda
	}
	mezcladas := false
	for _, l := range n.Lineas {
		if otra := n.Catalogo[l.ProductoID].Moneda; otra != moneda {
			mezcladas = true
			Senalar(e, n.Pedidas, l.ProductoID, fault.Field{
				Campo: "producto_id", Codigo: "VALOR", Mensaje: fmt.Sprintf("Se vende en %s, y la primera línea en %s.", otra, moneda),
			})
		}
	}
	if !mezcladas {
		return nil
	}
	return e
}

// enVenta refuses products that the catalogue does not sell, or not at the expected price.
func enVenta(n Nuevo) error {
	var faltan, retirados []int64
	var distintos []map[string]any
	for _, p := range n.Lineas {
		articulo, known := n.Catalogo[p.ProductoID]
		switch {
		case !known, articulo.Oculto && !n.Cliente.Puede(AlcanceBorradores):
			faltan = append(faltan, p.ProductoID)
		case !articulo.EnVenta:
			retirados = append(retirados, p.ProductoID)
		case !p.esperaba(articulo):
			distintos = append(distintos, map[string]any{
				"producto_id": p.ProductoID, "precio": articulo.Precio, "moneda": articulo.Moneda,
				"precio_esperado": p.PrecioEsperado, "moneda_esperada": p.MonedaEsperada,
			})
		}
	}
	switch {
	case len(faltan) > 0:
		return sinProductos(ErrProductoNoExiste.New("El catálogo no tiene los productos indicados en productos."), n, faltan)
	case len(retirados) > 0:
		return sinProductos(ErrProductoNoDisponible.New("Los productos indicados no están a la venta."), n, retirados)
	case len(distintos) > 0:
		return precioCambiado(n, distintos)
	}
	return nil
}

func sinProductos(e *fault.Error, n Nuevo, productos []int64) error {
	for _, id := range productos {
		Senalar(e, n.Pedidas, id, fault.Field{Campo: "producto_id", Codigo: e.Kind.Reason(), Mensaje: e.Kind.Title() + "."})
	}
	return e.With("productos", productos)
}

// esperaba reports whether the article has the expected price and currency.
func (l LineaPedida) esperaba(a Articulo) bool {
	return (l.PrecioEsperado == nil || *l.PrecioEsperado == a.Precio) && (l.MonedaEsperada == nil || *l.MonedaEsperada == a.Moneda)
}

func precioCambiado(n Nuevo, distintos []map[string]any) error {
	e := ErrPrecioCambiado.New("El precio o su moneda ya no es lo esperado. Confirme lo que dice lineas y repita el pedido.").
		With("lineas", distintos)
	mal := (*fault.Fields)(&e.Fields)
	for _, p := range n.Pedidas { // only fields that were sent are named
		articulo := n.Catalogo[p.ProductoID]
		if p.PrecioEsperado != nil && *p.PrecioEsperado != articulo.Precio {
			mal.Add(p.Campo+"precio_esperado", "VALOR", "El precio es "+articulo.Precio.String()+".")
		}
		if p.MonedaEsperada != nil && *p.MonedaEsperada != articulo.Moneda {
			mal.Add(p.Campo+"moneda_esperada", "VALOR", "La moneda es "+string(articulo.Moneda)+".")
		}
	}
	return e
}
