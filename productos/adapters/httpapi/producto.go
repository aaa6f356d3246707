package httpapi

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/money"
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/productos/domain"
)

// The three JSON forms of a product, each with its converter. The limits in the tags repeat those of domain.Ficha for the
// readers of the OpenAPI document; the domain checks its own limits in any case.

// Producto is a product in an answer. An optional field that the product does not have is left out.
type Producto struct {
	ID            int64             `json:"id" minimum:"1" doc:"Identificador" example:"1"`
	Nombre        string            `json:"nombre" minLength:"1" maxLength:"200" doc:"Único entre los productos no archivados" example:"Taza"`
	Descripcion   string            `json:"descripcion" maxLength:"5000" example:"De barro cocido"`
	Precio        money.Amount      `json:"precio" doc:"Precio de una unidad"`
	Moneda        string            `json:"moneda" pattern:"^[A-Z]{3}$" doc:"ISO 4217" example:"EUR"`
	SKU           string            `json:"sku,omitempty" doc:"Único entre los productos no archivados; falta si no tiene" example:"TAZA-01"`
	Categoria     string            `json:"categoria,omitempty" doc:"Falta si no tiene" example:"Menaje"`
	Estado        EstadoDeProducto  `json:"estado" doc:"Solo se vende lo ACTIVO"`
	Oculto        bool              `json:"oculto,omitempty" doc:"Es un borrador, o se archivó siéndolo; si no, falta"`
	Atributos     map[string]string `json:"atributos,omitempty" doc:"Datos libres; falta si no tiene" example:"{\"color\":\"rojo\"}"`
	Version       int64             `json:"version" minimum:"1" doc:"Cuenta los cambios; es también el ETag"`
	CreadoEn      time.Time         `json:"creado_en"`
	ActualizadoEn time.Time         `json:"actualizado_en"`
}

func aRespuesta(p *domain.Producto) Producto {
	f := p.Ficha()
	return Producto{
		ID:            p.ID(),
		Nombre:        f.Nombre,
		Descripcion:   f.Descripcion,
		Precio:        f.Precio,
		Moneda:        string(f.Moneda),
		SKU:           f.SKU,
		Categoria:     f.Categoria,
		Estado:        EstadoDeProducto(f.Estado),
		Oculto:        !p.Publico(),
		Atributos:     f.Atributos,
		Version:       p.Version(),
		CreadoEn:      p.CreadoEn(),
		ActualizadoEn: p.ActualizadoEn(),
	}
}

// EstadoDeProducto is domain.Estado as clients see it.
type EstadoDeProducto string

// Schema is the schema of a closed list.
func (EstadoDeProducto) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[EstadoDeProducto](r, domain.Borrador, domain.Activo, domain.Archivado)
}

// NuevoProducto is the body of POST /productos.
type NuevoProducto struct {
	Nombre      string            `json:"nombre" minLength:"1" maxLength:"200" doc:"Único entre los productos no archivados" example:"Taza"`
	Descripcion string            `json:"descripcion,omitempty" maxLength:"5000" example:"De barro cocido"`
	Precio      money.Amount      `json:"precio" doc:"Precio de una unidad"`
	Moneda      string            `json:"moneda,omitempty" pattern:"^[A-Z]{3}$" default:"EUR" doc:"ISO 4217, de una moneda con dos decimales"`
	SKU         string            `json:"sku,omitempty" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._-]+$" example:"TAZA-01"`
	Categoria   string            `json:"categoria,omitempty" minLength:"1" maxLength:"100" example:"Menaje"`
	Estado      EstadoDeProducto  `json:"estado,omitempty" default:"ACTIVO" doc:"Solo se vende lo ACTIVO"`
	Atributos   map[string]string `json:"atributos,omitempty" maxProperties:"50" doc:"Datos libres" example:"{\"color\":\"rojo\"}"`
}

func (b NuevoProducto) aFicha() domain.Ficha {
	return domain.Ficha{
		Nombre:      b.Nombre,
		Descripcion: b.Descripcion,
		Precio:      b.Precio,
		Moneda:      money.Currency(b.Moneda),
		SKU:         b.SKU,
		Categoria:   b.Categoria,
		Estado:      domain.Estado(b.Estado),
		Atributos:   b.Atributos,
	}
}

// CambiosDeProducto is the body of PATCH /productos/{id}, a merge patch (RFC 7396): an absent member stays, null removes it.
type CambiosDeProducto struct {
	Nombre      rest.Optional[string]              `json:"nombre,omitempty" minLength:"1" maxLength:"200"`
	Descripcion rest.Optional[string]              `json:"descripcion,omitempty" maxLength:"5000"`
	Precio      rest.Optional[money.Amount]        `json:"precio,omitempty"`
	Moneda      rest.Optional[string]              `json:"moneda,omitempty" pattern:"^[A-Z]{3}$"`
	SKU         rest.Removable[string]             `json:"sku,omitempty" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._-]+$"`
	Categoria   rest.Removable[string]             `json:"categoria,omitempty" minLength:"1" maxLength:"100"`
	Estado      rest.Optional[EstadoDeProducto]    `json:"estado,omitempty"`
	Atributos   rest.Removable[map[string]*string] `json:"atributos,omitempty" doc:"Se mezcla con lo que haya: null quita un atributo"`
}

// TransformSchema gives an example that works as it stands: an example with all members would use the name of another product.
func (CambiosDeProducto) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Examples = []any{map[string]any{"precio": 8.25}}
	return s
}

// aplicar applies the changes to f.
func (b CambiosDeProducto) aplicar(f *domain.Ficha) {
	if b.Nombre.Set {
		f.Nombre = b.Nombre.Value
	}
	if b.Descripcion.Set {
		f.Descripcion = b.Descripcion.Value
	}
	if b.Precio.Set {
		f.Precio = b.Precio.Value
	}
	if b.Moneda.Set {
		f.Moneda = money.Currency(b.Moneda.Value)
	}
	if b.SKU.Set {
		f.SKU = b.SKU.Value // "" for null: the product has no SKU
	}
	if b.Categoria.Set {
		f.Categoria = b.Categoria.Value
	}
	if b.Estado.Set {
		f.Estado = domain.Estado(b.Estado.Value)
	}
	if b.Atributos.Set {
		f.Atributos = mezclar(f.Atributos, b.Atributos)
	}
}

// mezclar merges objects by RFC 7396: a member that is null is removed, any other is added or replaced.
func mezclar(actuales map[string]string, cambios rest.Removable[map[string]*string]) map[string]string {
	if cambios.Null {
		return nil
	}
	if actuales == nil {
		actuales = map[string]string{}
	}
	for clave, valor := range cambios.Value {
		if valor == nil {
			delete(actuales, clave)
			continue
		}
		actuales[clave] = *valor
	}
	return actuales
}
