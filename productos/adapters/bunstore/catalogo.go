package bunstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/tienda-go/tienda/kit/database"

	"github.com/tienda-go/tienda/productos/domain"
	"github.com/tienda-go/tienda/productos/ports"
)

// Each read is one statement and one round trip.
const (
	obtenerSQL = `SELECT ` + columnas + ` FROM productos WHERE id = $1`
	porIDsSQL  = `SELECT ` + columnas + ` FROM productos WHERE id IN (%s) ORDER BY id`
)

// Obtener implements ports.Repositorio.
func (r *Repositorio) Obtener(ctx context.Context, id int64) (*domain.Producto, error) {
	return leerUno(ctx, r.db.Read(), obtenerSQL, id)
}

// Buscar implements ports.Catalogo.
func (r *Repositorio) Buscar(ctx context.Context, b ports.Busqueda) ([]*domain.Producto, error) {
	consulta, args := `SELECT `+columnas+` FROM productos WHERE id > $1`, []any{b.DespuesDe}
	switch b.Estado { // in the text: a partial index is not used for a parameter
	case "":
	case domain.Activo:
		consulta += " AND estado = 'ACTIVO'"
	default:
		args = append(args, string(b.Estado))
		consulta += " AND estado = $2 AND estado <> 'ACTIVO'"
	}
	for _, condicion := range []struct{ columna, valor string }{{"nombre_identidad", b.Nombre}, {"sku_identidad", b.SKU}} {
		if condicion.valor != "" {
			args = append(args, condicion.valor)
			consulta += fmt.Sprintf(" AND %s = $%d", condicion.columna, len(args))
		}
	}
	args = append(args, b.Limite)
	return leer(ctx, r.db.Read(), consulta+fmt.Sprintf(" ORDER BY id LIMIT $%d", len(args)), args...)
}

// PorIDs implements ports.Catalogo.
func (r *Repositorio) PorIDs(ctx context.Context, ids []int64) ([]*domain.Producto, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	marcas, args := make([]string, len(ids)), make([]any, len(ids))
	for i, id := range ids {
		marcas[i], args[i] = fmt.Sprintf("$%d", i+1), id
	}
	return leer(ctx, r.db.Read(), fmt.Sprintf(porIDsSQL, strings.Join(marcas, ",")), args...)
}

func leerUno(ctx context.Context, q database.Reader, consulta string, id int64) (*domain.Producto, error) {
	hallados, err := leer(ctx, q, consulta, id)
	if err != nil {
		return nil, err
	}
	if len(hallados) == 0 {
		return nil, domain.NoExiste()
	}
	return hallados[0], nil
}

// leer reads rows of columnas.
func leer(ctx context.Context, q database.Reader, consulta string, args ...any) (productos []*domain.Producto, err error) {
	var l lectura
	destinos := l.destinos()
	err = q.Each(ctx, consulta, args, func(scan func(...any) error) error {
		if err := scan(destinos...); err != nil {
			return err
		}
		p, err := l.producto()
		productos = append(productos, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("leer productos: %w", database.Fault(err))
	}
	return productos, nil
}
