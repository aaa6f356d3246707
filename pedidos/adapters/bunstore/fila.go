package bunstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/money"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// fila is a row of pedidos. Its lines and its story are JSON.
type fila struct {
	bun.BaseModel `bun:"table:pedidos,alias:p"`

	domain.RegistroPedido
	Lineas []lineaFila `bun:"lineas,type:jsonb"`
	Pasos  []pasoFila  `bun:"pasos,type:jsonb"`
}

// columnas are the columns of fila without the story, which is long and in no list.
const columnas = `id, usuario_id, reserva_id, lineas, moneda, total, fase, motivo, nota, referencia, version,
	creado_en, actualizado_en, expira_en, revisar_en, intentos, con_clave, revision`

func (f *fila) aDominio() (*domain.Pedido, error) {
	f.RegistroPedido.Lineas = convertir(f.Lineas, lineaFila.aDominio)
	f.RegistroPedido.Pasos = convertir(f.Pasos, pasoFila.aDominio)
	return domain.RehidratarPedido(f.RegistroPedido)
}

// lineaFila is a line in the JSON of a row; amounts are hundredths.
type lineaFila struct {
	ProductoID int64  `json:"producto_id"`
	Nombre     string `json:"nombre"`
	Precio     int64  `json:"precio"`
	Cantidad   int64  `json:"cantidad"`
	Subtotal   int64  `json:"subtotal"`
}

func aLineaFila(l domain.Linea) lineaFila {
	return lineaFila{l.ProductoID, l.Nombre, int64(l.Precio), l.Cantidad, int64(l.Subtotal)}
}

func (f lineaFila) aDominio() domain.Linea {
	return domain.Linea{
		ProductoID: f.ProductoID, Nombre: f.Nombre, Precio: money.Amount(f.Precio), Cantidad: f.Cantidad,
		Subtotal: money.Amount(f.Subtotal),
	}
}

// enJSON is a list as a row has it.
func enJSON[D, F any](lista []D, aFila func(D) F) (string, error) {
	raw, err := json.Marshal(append([]F{}, convertir(lista, aFila)...)) // "[]" and not "null" when it is empty
	if err != nil {
		return "", fmt.Errorf("escribir lista en JSON: %w", err)
	}
	return string(raw), nil
}

// convertir is nil for nil alone: an order that was read without its story differs from one whose story is empty.
func convertir[A, B any](lista []A, uno func(A) B) []B {
	if lista == nil {
		return nil
	}
	convertida := make([]B, len(lista))
	for i, x := range lista {
		convertida[i] = uno(x)
	}
	return convertida
}

// nulo is NULL for the zero value.
func nulo[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

// instante is NULL for the zero time.
func instante(t time.Time) *time.Time { return nulo(t.UTC().Truncate(time.Microsecond)) }
