package bunstore

import (
	"strings"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"

	"github.com/tienda-go/tienda/kit/money"
	"github.com/tienda-go/tienda/productos/domain"
)

// fila is a row of the table productos, on both databases. An absent optional field is NULL.
type fila struct {
	bun.BaseModel `bun:"table:productos,alias:p"`

	ID            int64             `bun:"id,pk,autoincrement"`
	Nombre        string            `bun:"nombre"`
	NombreClave   string            `bun:"nombre_clave"`
	Descripcion   string            `bun:"descripcion"`
	Precio        int64             `bun:"precio"` // hundredths
	Moneda        string            `bun:"moneda"`
	SKU           string            `bun:"sku,nullzero"`
	Categoria     string            `bun:"categoria,nullzero"`
	Estado        string            `bun:"estado"`
	Atributos     map[string]string `bun:"atributos,type:jsonb,nullzero"`
	Version       int64             `bun:"version"`
	CreadoEn      time.Time         `bun:"creado_en"`
	ActualizadoEn time.Time         `bun:"actualizado_en"`
}

// columnas is what the hand-written statements of catalogo.go read: all of fila but nombre_clave, which only the database
// looks at.
const columnas = `id, nombre, descripcion, precio, moneda, sku, categoria, estado, atributos, version, creado_en, actualizado_en`

func aFila(p *domain.Producto) *fila {
	f := p.Ficha()
	return &fila{
		ID:            p.ID(),
		Nombre:        f.Nombre,
		NombreClave:   clave(f.Nombre),
		Descripcion:   f.Descripcion,
		Precio:        int64(f.Precio),
		Moneda:        string(f.Moneda),
		SKU:           f.SKU,
		Categoria:     f.Categoria,
		Estado:        string(f.Estado),
		Atributos:     f.Atributos,
		Version:       p.Version(),
		CreadoEn:      p.CreadoEn(),
		ActualizadoEn: p.ActualizadoEn(),
	}
}

func (f *fila) aDominio() *domain.Producto {
	return domain.RehidratarProducto(domain.ProductoSnapshot{
		ID: f.ID,
		Ficha: domain.Ficha{
			Nombre:      f.Nombre,
			Descripcion: f.Descripcion,
			Precio:      money.Amount(f.Precio),
			Moneda:      money.Currency(f.Moneda),
			SKU:         f.SKU,
			Categoria:   f.Categoria,
			Estado:      domain.Estado(f.Estado),
			Atributos:   f.Atributos,
		},
		Version:       f.Version,
		CreadoEn:      f.CreadoEn.UTC(),
		ActualizadoEn: f.ActualizadoEn.UTC(),
	})
}

// clave makes names equal that a person reads as the same: case and Unicode form (RFC 5198, NFC) do not count.
func clave(nombre string) string { return norm.NFC.String(strings.ToLower(nombre)) }
