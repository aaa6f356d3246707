package domain

import (
	"fmt"
	"slices"
	"time"

	"github.com/tienda-go/tienda/kit/money"
)

// Instantanea is an order as storage keeps it.
type Instantanea struct {
	ID, UsuarioID                                int64
	ReservaID                                    string
	Lineas                                       []Linea
	Moneda                                       money.Currency
	Total                                        money.Amount
	Fase                                         Fase
	Motivo                                       Motivo
	Nota, Referencia                             string
	Version                                      int64
	CreadoEn, ActualizadoEn, ExpiraEn, RevisarEn time.Time
	Intentos                                     int
	ConClave                                     bool
	Revision                                     int64
	Pasos                                        []Paso // nil where only the order's state is wanted
}

// Rehidratar makes an order of what storage kept. A row that no rule could have written is an error, loud and at once:
// working on with it would spread the damage.
func Rehidratar(i Instantanea) (*Pedido, error) {
	total := money.Amount(0)
	for _, l := range i.Lineas {
		subtotal, err := l.Precio.Times(l.Cantidad)
		if err != nil || subtotal != l.Subtotal || l.Cantidad < 1 {
			return nil, fmt.Errorf("%w: order %d: line of product %d does not add up", errImposible, i.ID, l.ProductoID)
		}
		if total, err = total.Plus(subtotal); err != nil {
			return nil, fmt.Errorf("%w: order %d: %w", errImposible, i.ID, err)
		}
	}
	switch {
	case i.ID < 1 || i.Version < 1 || i.Revision < 1 || len(i.Lineas) == 0 || i.ReservaID == "":
		return nil, fmt.Errorf("%w: order %d: incomplete", errImposible, i.ID)
	case total != i.Total:
		return nil, fmt.Errorf("%w: order %d: total %s, lines %s", errImposible, i.ID, i.Total, total)
	case !slices.Contains(Fases, i.Fase):
		return nil, fmt.Errorf("%w: order %d: phase %q", errImposible, i.ID, i.Fase)
	case (i.Motivo != "") != (i.Fase == FaseCancelado || i.Fase == FaseCancelando):
		return nil, fmt.Errorf("%w: order %d: phase %s with reason %q", errImposible, i.ID, i.Fase, i.Motivo)
	}
	return &Pedido{
		id: i.ID, usuarioID: i.UsuarioID, reservaID: i.ReservaID, lineas: i.Lineas, moneda: i.Moneda, total: i.Total,
		fase: i.Fase, motivo: i.Motivo, nota: i.Nota, referencia: i.Referencia, version: i.Version, creadoEn: i.CreadoEn, actualizadoEn: i.ActualizadoEn,
		expiraEn: i.ExpiraEn, revisarEn: i.RevisarEn, intentos: i.Intentos, conClave: i.ConClave, revision: i.Revision, pasos: i.Pasos,
	}, nil
}

// Instantanea is the order as storage keeps it.
func (p *Pedido) Instantanea() Instantanea {
	return Instantanea{
		ID: p.id, UsuarioID: p.usuarioID, ReservaID: p.reservaID, Lineas: p.lineas, Moneda: p.moneda, Total: p.total,
		Fase: p.fase, Motivo: p.motivo, Nota: p.nota, Referencia: p.referencia, Version: p.version, CreadoEn: p.creadoEn, ActualizadoEn: p.actualizadoEn,
		ExpiraEn: p.expiraEn, RevisarEn: p.revisarEn, Intentos: p.intentos, ConClave: p.conClave, Revision: p.revision, Pasos: p.pasos,
	}
}
