// Package bunstore keeps the products in PostgreSQL or SQLite, with one code for both.
//
// Writes go through Bun. The hot reads (catalogo.go) are SQL with $n, which PostgreSQL keeps prepared: Bun writes
// arguments into the text of a statement, so that PostgreSQL would plan it for every id.
package bunstore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/productos/domain"
	"github.com/tienda-go/tienda/productos/ports"
)

//go:embed migrations
var embedded embed.FS

// Migrations are the steps of the schema, for database.OpenMigrated.
func Migrations() fs.FS { return keystore.Join(database.Migrations(embedded)) }

// Repositorio is the repository.
type Repositorio struct {
	db *database.DB
	motor
}

var (
	_ ports.Repositorio = (*Repositorio)(nil)
	_ ports.Catalogo    = (*Repositorio)(nil)
)

// New builds the repository on a migrated database.
func New(db *database.DB) *Repositorio { return &Repositorio{db, motorDe(db)} }

// Crear implements ports.Repositorio.
func (r *Repositorio) Crear(ctx context.Context, clave idempotency.Key, nuevo *domain.Producto) (*domain.Producto, error) {
	creado, err := r.escribir(ctx, clave, func(ctx context.Context, tx database.Writer) (*fila, error) {
		f := aFila(nuevo)
		if f.Estado != string(domain.Archivado) {
			if err := libres(ctx, tx, 0, f.NombreIdentidad, f.SKUIdentidad); err != nil {
				return nil, err
			}
		}
		_, err := tx.NewInsert().Model(f).Exec(ctx)
		return f, err
	})
	if err != nil {
		return nil, fmt.Errorf("insertar producto: %w", err)
	}
	return creado.aDominio()
}

// Actualizar implements ports.Repositorio.
func (r *Repositorio) Actualizar(
	ctx context.Context, clave idempotency.Key, id int64, cambiar func(*domain.Producto) error,
) (*domain.Producto, error) {
	cambiado, err := r.escribir(ctx, clave, func(ctx context.Context, tx database.Writer) (*fila, error) {
		producto, err := leerUno(ctx, tx.Reader, obtenerSQL+r.paraCambiar, id)
		if err != nil {
			return nil, err
		}
		leida, antes := producto.Version(), producto.Ficha()
		if err := cambiar(producto); err != nil {
			return nil, err
		}
		if producto.Version() != leida {
			if err := guardar(ctx, tx, producto, leida, antes); err != nil {
				return nil, err
			}
		}
		return aFila(producto), nil
	})
	if err != nil {
		return nil, fmt.Errorf("guardar producto: %w", err)
	}
	return cambiado.aDominio()
}

// guardar replaces the version anterior of the product, whose data were antes.
func guardar(ctx context.Context, tx database.Writer, p *domain.Producto, anterior int64, antes domain.Ficha) error {
	f := aFila(p)
	consulta := tx.NewUpdate().Model(f).WherePK().Where("version = ?", anterior)
	if p.Ficha().Estado != domain.Archivado {
		vuelve := antes.Estado == domain.Archivado
		nombre, sku := f.NombreIdentidad, f.SKUIdentidad
		// The name is unchanged: other products may have it too (see Identificar).
		if !vuelve && nombre == domain.Identidad(antes.Nombre) {
			nombre = ""
			consulta = consulta.ExcludeColumn("nombre_clave", "nombre_identidad")
		}
		if !vuelve && sku == domain.Identidad(antes.SKU) {
			sku = ""
			consulta = consulta.ExcludeColumn("sku_clave", "sku_identidad")
		}
		if err := libres(ctx, tx, p.ID(), nombre, sku); err != nil {
			return err
		}
	}
	escrita, err := database.Changed(consulta.Exec(ctx))
	if err != nil {
		return err
	}
	if !escrita {
		return fmt.Errorf("producto %d left version %d while it was locked", p.ID(), anterior)
	}
	return nil
}
