package bunstore

import (
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/inventario/domain"
)

// filaExistencias is the stock of a product as the database has it.
type filaExistencias struct {
	bun.BaseModel `bun:"table:existencias,alias:e"`

	domain.RegistroExistencias
}

// columnasExistencias are the columns that destinos scans, in its order.
const columnasExistencias = `producto_id, fisico, reservado, minimo, version, actualizado_en`

func (f *filaExistencias) destinos() []any {
	return []any{&f.ProductoID, &f.Fisico, &f.Reservado, &f.Minimo, &f.Version, (*fecha)(&f.ActualizadoEn)}
}

func (f *filaExistencias) aDominio() (*domain.Existencias, error) {
	return domain.RehidratarExistencias(f.RegistroExistencias)
}

// efecto is what the key of a request is bound to: the record of the stock after the change, so that a retry of the request gets
// the same answer and changes nothing.
type efecto struct {
	ProductoID    int64     `json:"producto_id"`
	Fisico        int64     `json:"fisico"`
	Reservado     int64     `json:"reservado"`
	Minimo        int64     `json:"minimo"`
	Version       int64     `json:"version"`
	ActualizadoEn time.Time `json:"actualizado_en"`
}

func (e efecto) aDominio() (*domain.Existencias, error) {
	return domain.RehidratarExistencias(domain.RegistroExistencias(e))
}

// fecha scans an instant on both engines: on SQLite an expression, or a column after RETURNING, comes as text.
type fecha time.Time

// Scan implements sql.Scanner.
func (f *fecha) Scan(valor any) error {
	switch v := valor.(type) {
	case time.Time:
		*f = fecha(v.UTC())
		return nil
	case string:
		t, err := time.Parse("2006-01-02 15:04:05.999999999Z07:00", v)
		if err != nil {
			return fmt.Errorf("leer instante: %w", err)
		}
		*f = fecha(t.UTC())
		return nil
	}
	return fmt.Errorf("leer instante: tipo %T", valor)
}
