package bunstore

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// Devoluciones stores returns and adds their units to stock.
type Devoluciones struct {
	db *database.DB
	motor
}

var _ ports.Devoluciones = (*Devoluciones)(nil)

// NewDevoluciones builds the repository on a migrated database.
func NewDevoluciones(db *database.DB) *Devoluciones { return &Devoluciones{db, motorDe(db)} }

// filaDevolucion is one line of a return as the database has it.
type filaDevolucion struct {
	bun.BaseModel `bun:"table:devolucion_lineas"`

	DevolucionID domain.DevolucionID
	domain.Linea
}

// Devolver implements ports.Devoluciones. The row of the return is inserted first: another request with the same id waits for it,
// and then finds the whole return or nothing.
func (s *Devoluciones) Devolver(
	ctx context.Context, nueva *domain.Devolucion, causa domain.Causa,
) (guardada *domain.Devolucion, creada bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		var err error
		if creada, err = insertarDevolucion(ctx, tx, nueva); err != nil {
			return err
		}
		if !creada {
			if guardada, err = leerDevolucion(ctx, tx.Reader, nueva.ID()); err != nil {
				return err
			}
			return guardada.Repetir(nueva)
		}
		guardada = nueva
		_, negados, err := s.aplicar(ctx, tx, nueva.Cambios(), apunte{
			causa: causa, referencia: nueva.Referencia(), devolucion: nueva.ID(),
		})
		if err == nil && len(negados) > 0 {
			return noCabe(negados)
		}
		return err
	})
	return guardada, creada, err
}

// noCabe refuses a whole return for the products that cannot take it.
func noCabe(negados []negado) error {
	var sin []map[string]int64
	for _, n := range negados {
		if n.antes == nil {
			sin = append(sin, map[string]int64{"producto_id": n.cambio.ProductoID})
		}
	}
	if len(sin) > 0 {
		return domain.ErrInventarioNoExiste.
			New("Algún producto de las líneas no tiene inventario; no se ha devuelto nada. Dé de alta su inventario y repita la "+
				"petición.").
			With("lineas", sin)
	}
	var mal fault.Fields
	mal.Add("lineas", "FUERA_DE_RANGO", fmt.Sprintf("Un producto tendría más de %d unidades.", int64(domain.MaxFisico)))
	return mal.Err()
}

// insertarDevolucion is false when the id is taken.
func insertarDevolucion(ctx context.Context, tx database.Writer, d *domain.Devolucion) (bool, error) {
	creada, err := database.Changed(tx.Exec(ctx, `
		INSERT INTO devoluciones (id, referencia, creado_en) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING`,
		string(d.ID()), d.Referencia(), d.CreadoEn()))
	if err != nil {
		return false, fmt.Errorf("insertar devolución: %w", err)
	}
	if !creada {
		return false, nil
	}
	var lineas []filaDevolucion
	for _, l := range d.Lineas() {
		lineas = append(lineas, filaDevolucion{DevolucionID: d.ID(), Linea: l})
	}
	if _, err := tx.NewInsert().Model(&lineas).Exec(ctx); err != nil {
		return false, fmt.Errorf("insertar líneas: %w", err)
	}
	return true, nil
}

func leerDevolucion(ctx context.Context, q database.Reader, id domain.DevolucionID) (*domain.Devolucion, error) {
	guardada := domain.RegistroDevolucion{ID: id}
	err := q.Each(ctx, `
		SELECT d.referencia, d.creado_en, l.producto_id, l.cantidad
		FROM devoluciones d JOIN devolucion_lineas l ON l.devolucion_id = d.id WHERE d.id = $1 ORDER BY l.producto_id`, []any{string(id)},
		func(scan func(...any) error) error {
			var l domain.Linea
			err := scan(&guardada.Referencia, (*fecha)(&guardada.CreadoEn), &l.ProductoID, &l.Cantidad)
			guardada.Lineas = append(guardada.Lineas, l)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("leer devolución: %w", err)
	}
	return domain.RehidratarDevolucion(guardada)
}
