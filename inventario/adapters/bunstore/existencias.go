// Package bunstore keeps stock, reservations and the ledger in PostgreSQL or SQLite.
//
// Transactions begin and end here. All take their locks in the same order: the reservation's row first, then stock rows by
// product ascending. ports/portstest is the specification of the SQL.
package bunstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"
	"github.com/tienda-go/tienda/kit/idempotency/keystore"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

//go:embed migrations
var embedded embed.FS

// Migrations are the steps of the schema, for database.OpenMigrated.
func Migrations() fs.FS { return keystore.Join(database.Migrations(embedded)) }

// Existencias keeps the stock of every product.
type Existencias struct {
	db *database.DB
	motor
}

var _ ports.Existencias = (*Existencias)(nil)

// NewExistencias builds the repository on a migrated database.
func NewExistencias(db *database.DB) *Existencias { return &Existencias{db, motorDe(db)} }

// Alta implements ports.Existencias.
func (s *Existencias) Alta(ctx context.Context, clave idempotency.Key, nuevas *domain.Existencias, causa domain.Causa) error {
	f := nuevas.Registro()
	hecha, _, err := keystore.Once(ctx, s.db, clave, func(ctx context.Context, tx database.Writer) (e efecto, err error) {
		creada, err := database.Changed(tx.Exec(ctx, `
			INSERT INTO existencias (`+columnasExistencias+`) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (producto_id) DO NOTHING`,
			f.ProductoID, f.Fisico, f.Reservado, f.Minimo, f.Version, f.ActualizadoEn))
		if err != nil {
			return e, fmt.Errorf("insertar existencias: %w", err)
		}
		if !creada {
			return e, domain.ErrYaExiste.New("Este producto ya tiene inventario; muévalo con PATCH.")
		}
		// Also for 0 units: the ledger says since when a product has stock.
		return efecto(f), apunte{causa: causa}.apuntar(ctx, tx, domain.NewCambio(domain.Entrada, f.ProductoID, f.Fisico), nuevas)
	})
	if err != nil {
		return err
	}
	guardadas, err := hecha.aDominio()
	if err != nil {
		return err
	}
	*nuevas = *guardadas
	return nil
}

// Obtener implements ports.Existencias.
func (s *Existencias) Obtener(ctx context.Context, productoID int64) (*domain.Existencias, error) {
	return leerExistencias(ctx, s.db.Read(), domain.NoExiste,
		`SELECT `+columnasExistencias+` FROM existencias WHERE producto_id = $1`, productoID)
}

// Listar implements ports.Existencias.
func (s *Existencias) Listar(ctx context.Context, filtro ports.Filtro) ([]*domain.Existencias, error) {
	var filas []filaExistencias
	q := s.db.Read().NewSelect().Model(&filas).Where("producto_id > ?", filtro.DespuesDe).Order("producto_id").
		Limit(int64(filtro.Limite))
	if filtro.ProductoID > 0 {
		q = q.Where("producto_id = ?", filtro.ProductoID)
	}
	if filtro.BajoMinimo != nil {
		q = q.Where("bajo_minimo = ?", *filtro.BajoMinimo)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, database.Fault(fmt.Errorf("listar existencias: %w", err))
	}
	return database.Values(filas, (*filaExistencias).aDominio)
}

// Mover implements ports.Existencias.
func (s *Existencias) Mover(
	ctx context.Context, clave idempotency.Key, m domain.Movimiento, causa domain.Causa,
) (*domain.Existencias, error) {
	cambios := []domain.Cambio{m.Cambio()}
	hecho, repetido, err := keystore.Once(ctx, s.db, clave, func(ctx context.Context, tx database.Writer) (e efecto, err error) {
		despues, negados, err := s.aplicar(ctx, tx, cambios, apunte{causa: causa, motivo: m.Motivo(), referencia: m.Referencia()})
		switch {
		case err != nil:
			return e, err
		case len(negados) > 0:
			return e, porque(ctx, tx, negados[0])
		}
		return efecto(despues[0].Registro()), nil
	})
	if err != nil {
		return nil, err
	}
	despues, err := hecho.aDominio()
	if err == nil && !repetido {
		avisarMinimo(ctx, s.db, cambios, []*domain.Existencias{despues})
	}
	return despues, err
}

// PonerMinimo implements ports.Existencias.
func (s *Existencias) PonerMinimo(
	ctx context.Context, productoID, minimo int64, siVersion []int64, ahora time.Time,
) (despues *domain.Existencias, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx database.Writer) error {
		hay, err := s.bloquear(ctx, tx, []domain.Cambio{{ProductoID: productoID}})
		if err != nil {
			return err
		}
		if despues = hay[productoID]; despues == nil {
			return domain.NoExiste()
		}
		if err := despues.ExigirVersion(siVersion...); err != nil {
			return err
		}
		leida := despues.Version()
		if despues.PonerMinimo(minimo, ahora); despues.Version() == leida {
			return nil
		}
		_, err = tx.Exec(ctx, `UPDATE existencias SET minimo = $2, version = $3, actualizado_en = $4 WHERE producto_id = $1`,
			productoID, minimo, despues.Version(), despues.ActualizadoEn())
		return err
	})
	return despues, err
}

// De implements ports.Existencias.
func (s *Existencias) De(ctx context.Context, productos []int64) (map[int64]*domain.Existencias, error) {
	var filas []filaExistencias
	if err := s.db.Read().NewSelect().Model(&filas).Where("producto_id IN (?)", bun.List(productos)).Scan(ctx); err != nil {
		return nil, database.Fault(fmt.Errorf("leer existencias de varios: %w", err))
	}
	return porProducto(filas)
}

func porProducto(filas []filaExistencias) (map[int64]*domain.Existencias, error) {
	existencias := make(map[int64]*domain.Existencias, len(filas))
	for i := range filas {
		e, err := filas[i].aDominio()
		if err != nil {
			return nil, err
		}
		existencias[e.ProductoID()] = e
	}
	return existencias, nil
}

// porque says why a movement is not possible. The refusal of a count lists who has reserved more units than were counted.
func porque(ctx context.Context, tx database.Writer, n negado) error {
	if n.antes == nil {
		return domain.NoExiste()
	}
	err := n.antes.Admite(n.cambio)
	if n.cambio.Tipo != domain.TipoRecuento || !errors.Is(err, domain.ErrStockInsuficiente) {
		return err
	}
	referencias, errLeer := quienesReservan(ctx, tx, n.cambio.ProductoID)
	if errLeer != nil {
		return errLeer
	}
	return fault.From(err).With("referencias", referencias)
}

// maxReferencias is how many reservations a refused count names.
const maxReferencias = 20

// quienesReservan names the newest active reservations of a product: by their references, or else by their ids.
func quienesReservan(ctx context.Context, tx database.Writer, productoID int64) ([]string, error) {
	referencias := []string{}
	err := tx.Each(ctx, `
		SELECT CASE WHEN r.referencia <> '' THEN r.referencia ELSE 'reserva ' || CAST(r.id AS text) END
		FROM reservas r JOIN reserva_lineas l ON l.reserva_id = r.id
		WHERE r.estado = 'ACTIVA' AND l.producto_id = $1 ORDER BY r.creado_en DESC, r.id DESC LIMIT $2`, []any{productoID, maxReferencias},
		func(scan func(...any) error) error {
			var r string
			err := scan(&r)
			referencias = append(referencias, r)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("leer quién reserva: %w", err)
	}
	return referencias, nil
}

// leerExistencias reads the stock of one product; without a row it returns the error of noHay.
func leerExistencias(
	ctx context.Context, q database.Reader, noHay func() error, sentencia string, args ...any,
) (*domain.Existencias, error) {
	var f filaExistencias
	err := q.QueryRow(ctx, sentencia, args...).Scan(f.destinos()...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, noHay()
	}
	if err != nil {
		return nil, database.Fault(fmt.Errorf("leer existencias: %w", err))
	}
	return f.aDominio()
}
