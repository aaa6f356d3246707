// Package bunstore keeps the products in PostgreSQL or SQLite, with one code for both.
//
// Writes go through Bun. The hot reads (catalogo.go) are SQL with $n parameters on the embedded *sql.DB: Bun writes
// arguments into the text of a statement, which PostgreSQL then has to plan anew for every id.
package bunstore

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/productos/domain"
	"github.com/tienda-go/tienda/productos/ports"
)

//go:embed migrations
var migraciones embed.FS

// Migrations is the schema, for database.DB.Migrate.
func Migrations() fs.FS {
	sub, err := fs.Sub(migraciones, "migrations")
	if err != nil {
		panic(err) // the path is a constant
	}
	return sub
}

// Repositorio implements the ports over a migrated database.
type Repositorio struct {
	db *database.DB
}

var (
	_ ports.Repositorio = (*Repositorio)(nil)
	_ ports.Catalogo    = (*Repositorio)(nil)
)

// New uses db, which stays its owner's to close.
func New(db *database.DB) *Repositorio { return &Repositorio{db: db} }

// Crear implements ports.Repositorio.
func (r *Repositorio) Crear(ctx context.Context, nuevo *domain.Producto) (*domain.Producto, error) {
	f := aFila(nuevo)
	if _, err := r.db.NewInsert().Conn(r.db.Writer()).Model(f).Exec(ctx); err != nil {
		return nil, fmt.Errorf("insert producto: %w", fallo(err))
	}
	return f.aDominio(), nil
}

// Actualizar implements ports.Repositorio.
func (r *Repositorio) Actualizar(ctx context.Context, id int64, cambiar func(*domain.Producto) error) (*domain.Producto, error) {
	var producto *domain.Producto
	err := r.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var err error
		if producto, err = r.bloquear(ctx, tx, id); err != nil {
			return err
		}
		leida := producto.Version()
		if err := cambiar(producto); err != nil {
			return err
		}
		if producto.Version() == leida {
			return nil
		}
		return guardar(ctx, tx, producto, leida)
	})
	if err != nil {
		return nil, fmt.Errorf("update producto: %w", err)
	}
	return producto, nil
}

// bloquear reads a product and keeps other writers from it until tx ends. On SQLite the transaction already does.
func (r *Repositorio) bloquear(ctx context.Context, tx bun.Tx, id int64) (*domain.Producto, error) {
	var filas []fila
	consulta := tx.NewSelect().Model(&filas).Where("id = ?", id)
	if r.db.Engine() == database.Postgres {
		consulta = consulta.For("UPDATE")
	}
	if err := consulta.Scan(ctx); err != nil {
		return nil, fallo(err)
	}
	if len(filas) == 0 {
		return nil, noExiste()
	}
	return filas[0].aDominio(), nil
}

// guardar writes the product over its version anterior.
func guardar(ctx context.Context, tx bun.Tx, p *domain.Producto, anterior int64) error {
	resultado, err := tx.NewUpdate().Model(aFila(p)).WherePK().Where("version = ?", anterior).Exec(ctx)
	if err != nil {
		return fallo(err)
	}
	escritas, err := resultado.RowsAffected()
	if err != nil {
		return fallo(err)
	}
	if escritas != 1 {
		return fmt.Errorf("producto %d left version %d while it was locked", p.ID(), anterior)
	}
	return nil
}

func noExiste() error {
	return domain.ErrProductoNoExiste.New("No hay ningún producto con ese identificador.")
}

// fallo says what an error of the database means. PostgreSQL names the index that refused, SQLite its column, which
// kit/database gives with SQLite's own words in front: hence the suffixes.
func fallo(err error) error {
	restriccion, clase, ok := database.Violation(err)
	if !ok || clase != database.Unique {
		return database.Fault(err)
	}
	switch {
	case strings.HasSuffix(restriccion, "productos_nombre_unico"), strings.HasSuffix(restriccion, "productos.nombre_clave"):
		return domain.ErrNombreDuplicado.New("Otro producto no archivado ya tiene ese nombre.").Because(err)
	case strings.HasSuffix(restriccion, "productos_sku_unico"), strings.HasSuffix(restriccion, "productos.sku"):
		return domain.ErrSKUDuplicado.New("Otro producto no archivado ya tiene ese SKU.").Because(err)
	}
	return database.Fault(err)
}
