package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/productos/domain"
)

// sqlOtro finds the products that have a name or a SKU, the name first, so that both databases report the same one of two
// conflicts. NULL matches no product.
const sqlOtro = `
SELECT id, CASE WHEN nombre_identidad = $1 THEN 'nombre' ELSE 'sku' END
FROM productos WHERE estado <> 'ARCHIVADO' AND id <> $3 AND (nombre_identidad = $1 OR sku_identidad = $2)
ORDER BY CASE WHEN nombre_identidad = $1 THEN 0 ELSE 1 END, id LIMIT 1`

// libres refuses a name or a SKU that another product has: domain.ErrNombreDuplicado or domain.ErrSKUDuplicado with its
// `producto_id`. "" is not checked. Of two concurrent writers the unique indexes refuse one.
func libres(ctx context.Context, tx database.Writer, id int64, nombre, sku string) error {
	var otro int64
	var campo string
	err := tx.QueryRow(ctx, sqlOtro, opcional(nombre), opcional(sku), id).Scan(&otro, &campo)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("buscar duplicado: %w", err)
	case campo == "nombre":
		return domain.ErrNombreDuplicado.
			New("Otro producto no archivado ya tiene ese nombre: es producto_id. Use otro nombre, o cambie aquel.").
			With("producto_id", otro)
	}
	return domain.ErrSKUDuplicado.
		New("Otro producto no archivado ya tiene ese SKU: es producto_id. Use otro SKU, o cambie aquel.").
		With("producto_id", otro)
}

func opcional(texto string) sql.NullString { return sql.NullString{String: texto, Valid: texto != ""} }

// maxIntentos is how often a write is tried that conflicts with another writer of the same name or SKU.
const maxIntentos = 3

// escribir runs fn once for the key. When another writer took the name or the SKU meanwhile, it tries again, and libres finds
// that product. It returns the product as this or an earlier try of the request left it.
func (r *Repositorio) escribir(
	ctx context.Context, clave idempotency.Key, fn func(ctx context.Context, tx database.Writer) (*fila, error),
) (*fila, error) {
	for range maxIntentos {
		f, _, err := keystore.Once(ctx, r.db, clave, fn)
		if _, clase, violada := database.Violation(err); !violada || clase != database.Unique {
			return f, database.Fault(err)
		}
	}
	return nil, fault.ErrUnavailable.New("Otros están usando ese nombre o ese SKU en este momento. " +
		"Repita la petición en unos segundos.")
}

// sqlTomada reports whether another product has a key, or will get it.
const sqlTomada = `SELECT count(*) FROM productos WHERE estado <> 'ARCHIVADO' AND id <> $1 AND `

// Identificar stores the identities of products from before there were identities. Products that are now equal are kept and
// named in a warning; only new equal products are refused. Several instances may start at once.
func (r *Repositorio) Identificar(ctx context.Context, log *slog.Logger) error {
	var quedan int
	err := r.db.Read().QueryRow(ctx, "SELECT count(*) FROM productos WHERE nombre_identidad IS NULL").Scan(&quedan)
	if err != nil || quedan == 0 { // the usual start: no lock
		return database.Fault(err)
	}
	return r.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		if r.bloqueoTabla != "" { // without it another request could create an equal product meanwhile
			if _, err := tx.Exec(ctx, r.bloqueoTabla); err != nil {
				return fmt.Errorf("bloquear productos: %w", err)
			}
		}
		var viejas []fila
		if err := tx.NewSelect().Model(&viejas).Where("nombre_identidad IS NULL").Order("id").Scan(ctx); err != nil {
			return fmt.Errorf("buscar productos sin identidad: %w", err)
		}
		for i := range viejas {
			if err := identificar(ctx, tx, &viejas[i], log); err != nil {
				return err
			}
		}
		return nil
	})
}

func identificar(ctx context.Context, tx database.Writer, f *fila, log *slog.Logger) error {
	f.NombreIdentidad, f.SKUIdentidad = domain.Identidad(f.Nombre), domain.Identidad(f.SKU)
	if f.NombreIdentidad == "" {
		f.NombreIdentidad = conID("", f.ID) // no visible character: it equals no other name
	}
	f.NombreClave, f.SKUClave = f.NombreIdentidad, f.SKUIdentidad
	if f.Estado != string(domain.Archivado) {
		for _, c := range []struct {
			campo string
			clave *string
		}{{"nombre", &f.NombreClave}, {"sku", &f.SKUClave}} {
			var iguales int
			err := tx.QueryRow(ctx, sqlTomada+"("+c.campo+"_identidad = $2 OR "+c.campo+"_clave = $2)", f.ID, *c.clave).Scan(&iguales)
			if err != nil {
				return fmt.Errorf("buscar duplicados: %w", err)
			}
			if iguales > 0 {
				log.WarnContext(ctx, "a product now equals another: both stay, and new equal products are refused",
					"producto", f.ID, "campo", c.campo)
				*c.clave = conID(*c.clave, f.ID)
			}
		}
	}
	_, err := tx.NewUpdate().Model(f).Column("nombre_identidad", "sku_identidad", "nombre_clave", "sku_clave").WherePK().Exec(ctx)
	if err != nil {
		return fmt.Errorf("identificar producto %d: %w", f.ID, err)
	}
	return nil
}

// conID makes a key that no other product has, because identities have no line breaks.
func conID(identidad string, id int64) string { return identidad + "\n" + strconv.FormatInt(id, 10) }
