package bunstore

import (
	"database/sql"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/money"

	"github.com/tienda-go/tienda/productos/domain"
)

// fila is a row of the table productos, on both databases. An absent optional field is NULL.
type fila struct {
	bun.BaseModel `bun:"table:productos,alias:p"`

	ID             int64             `bun:"id,pk,autoincrement"`
	Nombre         string            `bun:"nombre"`
	Descripcion    string            `bun:"descripcion"`
	Precio         int64             `bun:"precio"` // hundredths
	Moneda         string            `bun:"moneda"`
	SKU            string            `bun:"sku,nullzero"`
	Categoria      string            `bun:"categoria,nullzero"`
	Estado         string            `bun:"estado"`
	EstadoAnterior string            `bun:"estado_anterior,nullzero"`
	Atributos      map[string]string `bun:"atributos,type:jsonb,nullzero"`
	Version        int64             `bun:"version"`
	CreadoEn       time.Time         `bun:"creado_en"`
	ActualizadoEn  time.Time         `bun:"actualizado_en"`

	claves
}

// claves are columns for the database only: the form in which names and SKUs are compared, and the same again where it must be
// unique (see Identificar).
type claves struct {
	NombreIdentidad string `bun:"nombre_identidad,nullzero"`
	SKUIdentidad    string `bun:"sku_identidad,nullzero"`
	NombreClave     string `bun:"nombre_clave"`
	SKUClave        string `bun:"sku_clave,nullzero"`
}

// columnas are the columns that the statements of catalogo.go read: all of fila except claves.
const columnas = `id, nombre, descripcion, precio, moneda, sku, categoria, estado, estado_anterior, atributos, version, ` +
	`creado_en, actualizado_en`

func aFila(p *domain.Producto) *fila {
	f := p.Ficha()
	nombre, sku := domain.Identidad(f.Nombre), domain.Identidad(f.SKU)
	return &fila{
		ID:             p.ID(),
		Nombre:         f.Nombre,
		Descripcion:    f.Descripcion,
		Precio:         int64(f.Precio),
		Moneda:         string(f.Moneda),
		SKU:            f.SKU,
		Categoria:      f.Categoria,
		Estado:         string(f.Estado),
		EstadoAnterior: string(p.Anterior()),
		Atributos:      f.Atributos,
		Version:        p.Version(),
		CreadoEn:       p.CreadoEn(),
		ActualizadoEn:  p.ActualizadoEn(),
		claves:         claves{NombreIdentidad: nombre, SKUIdentidad: sku, NombreClave: nombre, SKUClave: sku},
	}
}

func (f *fila) aDominio() (*domain.Producto, error) {
	return domain.RehidratarProducto(domain.RegistroProducto{
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
		Anterior:      domain.Estado(f.EstadoAnterior),
		Version:       f.Version,
		CreadoEn:      f.CreadoEn.UTC(),
		ActualizadoEn: f.ActualizadoEn.UTC(),
	})
}

// lectura is a row of columnas while it is read, into the same variables for all rows. Bun's own way looks at the type of every
// column of every row anew.
type lectura struct {
	fila
	sku, categoria, anterior sql.NullString
	atributos                []byte
}

// destinos are in the order of columnas.
func (l *lectura) destinos() []any {
	return []any{
		&l.ID, &l.Nombre, &l.Descripcion, &l.Precio, &l.Moneda, &l.sku, &l.categoria, &l.Estado, &l.anterior, &l.atributos,
		&l.Version, &l.CreadoEn, &l.ActualizadoEn,
	}
}

func (l *lectura) producto() (*domain.Producto, error) {
	l.SKU, l.Categoria, l.EstadoAnterior, l.Atributos = l.sku.String, l.categoria.String, l.anterior.String, nil
	if l.atributos != nil {
		if err := json.Unmarshal(l.atributos, &l.Atributos); err != nil {
			return nil, err
		}
	}
	return l.aDominio()
}
