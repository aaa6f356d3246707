package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/inventario/app"
	"github.com/tienda-go/tienda/inventario/domain"
)

var cuando = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Every field of the domain reaches the answer: the fields of the answer make the same record again.
func TestExistencias_ida_y_vuelta(t *testing.T) {
	t.Parallel()
	registro := domain.RegistroExistencias{ProductoID: 1, Fisico: 10, Reservado: 4, Minimo: 3, Version: 7, ActualizadoEn: cuando}
	e, err := domain.RehidratarExistencias(registro)
	require.NoError(t, err)
	r := aRespuesta(e)
	assert.Equal(t, int64(6), r.Cantidad)
	assert.Equal(t, registro, domain.RegistroExistencias{
		ProductoID: r.ProductoID, Fisico: r.Fisico, Reservado: r.Reservado, Minimo: r.Minimo, Version: r.Version,
		ActualizadoEn: r.ActualizadoEn,
	})
}

func TestReserva_ida_y_vuelta(t *testing.T) {
	t.Parallel()
	registro := domain.RegistroReserva{
		ID: "0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a10", Estado: domain.Liberada, Referencia: "pedido 1",
		Lineas: []domain.Linea{{ProductoID: 1, Cantidad: 2}, {ProductoID: 3, Cantidad: 4}}, CreadoEn: cuando,
		ActualizadoEn: cuando.Add(1),
	}
	reserva, err := domain.RehidratarReserva(registro)
	require.NoError(t, err)
	r := aRespuestaReserva(reserva)
	var lineas []domain.Linea
	for _, l := range r.Lineas {
		lineas = append(lineas, domain.Linea{ProductoID: l.ProductoID, Cantidad: l.Cantidad})
	}
	assert.Equal(t, registro, domain.RegistroReserva{
		ID: domain.ReservaID(r.ID), Estado: domain.Estado(r.Estado), Lineas: lineas, Referencia: r.Referencia,
		CreadoEn: r.CreadoEn, ActualizadoEn: r.ActualizadoEn,
	})
}

// Every field of a request reaches its command.
func TestComandos(t *testing.T) {
	t.Parallel()
	var crear crearEntrada
	crear.Body.ProductoID, crear.Body.Cantidad, crear.Body.Minimo = 1, 2, 3
	assert.Equal(t, app.DarDeAlta{ProductoID: 1, Cantidad: 2, Minimo: 3}, crear.aComando())

	var mover moverEntrada
	mover.ProductoID = 1
	mover.Body.Cantidad, mover.Body.TipoMovimiento, mover.Body.Motivo, mover.Body.Referencia = 2, "MERMA", "m", "r"
	assert.Equal(t, app.MoverExistencias{
		ProductoID: 1, Tipo: domain.Merma, Cantidad: 2, Motivo: "m", Referencia: "r",
	}, mover.aComando())

	var reservar reservarEntrada
	reservar.ID, reservar.Body.Referencia = "x", "r"
	reservar.Body.Lineas = []NuevaLineaDeAlmacen{{ProductoID: 1, Cantidad: 2}}
	assert.Equal(t, app.Reservar{
		ID: "x", Lineas: []domain.Linea{{ProductoID: 1, Cantidad: 2}}, Referencia: "r",
	}, reservar.aComando())

}
