package bunstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/tienda-go/tienda/kit/money"

	"github.com/tienda-go/tienda/pedidos/domain"
)

// fila is a row of pedidos.
type fila struct {
	bun.BaseModel `bun:"table:pedidos,alias:p"`

	ID            int64      `bun:"id,pk"`
	UsuarioID     int64      `bun:"usuario_id"`
	ReservaID     string     `bun:"reserva_id"`
	Lineas        string     `bun:"lineas"`
	Moneda        string     `bun:"moneda"`
	Total         int64      `bun:"total"`
	Fase          string     `bun:"fase"`
	Motivo        *string    `bun:"motivo"`
	Nota          string     `bun:"nota"`
	Referencia    *string    `bun:"referencia"`
	Version       int64      `bun:"version"`
	CreadoEn      time.Time  `bun:"creado_en"`
	ActualizadoEn time.Time  `bun:"actualizado_en"`
	ExpiraEn      *time.Time `bun:"expira_en"`
	RevisarEn     *time.Time `bun:"revisar_en"`
	Intentos      int        `bun:"intentos"`
	ConClave      bool       `bun:"con_clave"`
	Revision      int64      `bun:"revision"`
	Pasos         string     `bun:"pasos"`
}

// columnas are the columns of fila without the story, which is long and in no list.
const columnas = `id, usuario_id, reserva_id, lineas, moneda, total, fase, motivo, nota, referencia, version,
	creado_en, actualizado_en, expira_en, revisar_en, intentos, con_clave, revision`

// lineaFila is a line in the JSON of a row; amounts are hundredths.
type lineaFila struct {
	ProductoID int64  `json:"producto_id"`
	Nombre     string `json:"nombre"`
	Precio     int64  `json:"precio"`
	Cantidad   int64  `json:"cantidad"`
	Subtotal   int64  `json:"subtotal"`
}

func aFila(p *domain.Pedido) (fila, error) {
	i := p.Registro()
	lineas := make([]lineaFila, len(i.Lineas))
	for n, l := range i.Lineas {
		lineas[n] = lineaFila{l.ProductoID, l.Nombre, int64(l.Precio), l.Cantidad, int64(l.Subtotal)}
	}
	raw, err := json.Marshal(lineas)
	if err != nil {
		return fila{}, fmt.Errorf("escribir líneas del pedido %d: %w", i.ID, err)
	}
	pasos, err := pasosAFila(i.Pasos)
	if err != nil {
		return fila{}, fmt.Errorf("escribir historia del pedido %d: %w", i.ID, err)
	}
	f := fila{
		ID: i.ID, UsuarioID: i.UsuarioID, ReservaID: i.ReservaID, Lineas: string(raw), Moneda: string(i.Moneda),
		Total: int64(i.Total), Fase: string(i.Fase), Nota: i.Nota, Version: i.Version,
		CreadoEn: i.CreadoEn, ActualizadoEn: i.ActualizadoEn, ExpiraEn: instante(i.ExpiraEn), RevisarEn: instante(i.RevisarEn),
		Intentos: i.Intentos, ConClave: i.ConClave, Revision: i.Revision, Pasos: pasos,
	}
	if i.Motivo != "" {
		f.Motivo = new(string(i.Motivo))
	}
	if i.Referencia != "" {
		f.Referencia = &i.Referencia
	}
	return f, nil
}

func (f fila) aDominio() (*domain.Pedido, error) {
	var filas []lineaFila
	if err := json.Unmarshal([]byte(f.Lineas), &filas); err != nil {
		return nil, fmt.Errorf("leer líneas del pedido %d: %w", f.ID, err)
	}
	lineas := make([]domain.Linea, len(filas))
	for n, l := range filas {
		lineas[n] = domain.Linea{
			ProductoID: l.ProductoID, Nombre: l.Nombre, Precio: money.Amount(l.Precio), Cantidad: l.Cantidad,
			Subtotal: money.Amount(l.Subtotal),
		}
	}
	i := domain.RegistroPedido{
		Negocio: domain.Negocio{
			ID: f.ID, UsuarioID: f.UsuarioID, ReservaID: f.ReservaID, Lineas: lineas, Moneda: money.Currency(f.Moneda),
			Total: money.Amount(f.Total), Fase: domain.Fase(f.Fase), Nota: f.Nota, Version: f.Version,
			CreadoEn: f.CreadoEn.UTC(), ActualizadoEn: f.ActualizadoEn.UTC(),
		},
		Encargo: domain.Encargo{Intentos: f.Intentos, ConClave: f.ConClave, Revision: f.Revision},
	}
	if f.Motivo != nil {
		i.Motivo = domain.Motivo(*f.Motivo)
	}
	if f.Referencia != nil {
		i.Referencia = *f.Referencia
	}
	if f.ExpiraEn != nil {
		i.ExpiraEn = f.ExpiraEn.UTC()
	}
	if f.RevisarEn != nil {
		i.RevisarEn = f.RevisarEn.UTC()
	}
	var err error
	if i.Pasos, err = pasosADominio(f.Pasos); err != nil {
		return nil, fmt.Errorf("leer historia del pedido %d: %w", f.ID, err)
	}
	return domain.RehidratarPedido(i)
}

// instante is NULL for the zero time.
func instante(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Truncate(time.Microsecond))
}
