package domain

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
)

const unID = ReservaID("0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a10")

func TestParseReservaID(t *testing.T) {
	t.Parallel()
	id, err := ParseReservaID("0D9F6F0E-4c1b-4F4E-9f7a-2b8f3f1c5a10")
	require.NoError(t, err)
	assert.Equal(t, unID, id)
	for _, malo := range []string{
		"", "1", "0d9f6f0e4c1b4f4e9f7a2b8f3f1c5a10", "{0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a10}",
		"urn:uuid:0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a10", "0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a1g",
		"0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a10\n", " 0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a10", "0d9f6f0e-4c1b-4f4e-9f7a-2b8f3f1c5a101",
	} {
		_, err := ParseReservaID(malo)
		assert.ErrorIs(t, err, fault.ErrInvalid, "%q", malo)
	}
}

func TestNewReserva(t *testing.T) {
	t.Parallel()
	t.Run("suma_y_ordena", func(t *testing.T) {
		t.Parallel()
		r, err := NewReserva(unID, []Linea{{9, 1}, {2, 5}, {9, 2}, {1, 1}}, " pedido 4 ", ahora)
		require.NoError(t, err)
		assert.Equal(t, []Linea{{1, 1}, {2, 5}, {9, 3}}, r.Lineas())
		assert.Equal(t, "pedido 4", r.Referencia())
		assert.Equal(t, Activa, r.Estado())
		assert.Equal(t, []Cambio{
			NewCambio(TipoReserva, 1, 1), NewCambio(TipoReserva, 2, 5), NewCambio(TipoReserva, 9, 3),
		}, r.Tomar())
		r.Lineas()[0].Cantidad = 99
		assert.Equal(t, int64(1), r.Lineas()[0].Cantidad, "the lines are its own")
	})

	t.Run("todos_los_campos_malos", func(t *testing.T) {
		t.Parallel()
		_, err := NewReserva(unID, []Linea{{0, 1}, {1, 0}, {2, MaxCantidad}, {2, 1}, {3, MaxCantidad + 1}, {-1, -1}},
			strings.Repeat("x", MaxReferencia+1), ahora)
		require.ErrorIs(t, err, fault.ErrInvalid)
		assert.Equal(t, []string{
			"lineas[0].producto_id FUERA_DE_RANGO", "lineas[1].cantidad FUERA_DE_RANGO", "lineas[3].cantidad FUERA_DE_RANGO",
			"lineas[4].cantidad FUERA_DE_RANGO", "lineas[5].producto_id FUERA_DE_RANGO", "lineas[5].cantidad FUERA_DE_RANGO",
			"referencia LONGITUD",
		}, campos(err))
	})

	t.Run("cuantas_lineas", func(t *testing.T) {
		t.Parallel()
		lineas := make([]Linea, MaxLineas+1)
		for i := range lineas {
			lineas[i] = Linea{ProductoID: 1, Cantidad: 1}
		}
		_, err := NewReserva(unID, nil, "", ahora)
		assert.Equal(t, []string{"lineas LONGITUD"}, campos(err))
		_, err = NewReserva(unID, lineas, "", ahora)
		assert.Equal(t, []string{"lineas LONGITUD"}, campos(err))
		r, err := NewReserva(unID, lineas[1:], "", ahora)
		require.NoError(t, err)
		assert.Equal(t, []Linea{{1, MaxLineas}}, r.Lineas())
	})
}

// TestReserva_tabla checks the whole state machine: every state with every request.
func TestReserva_tabla(t *testing.T) {
	t.Parallel()
	luego := ahora.Add(time.Minute)
	misma := []Linea{{1, 3}, {2, 4}}
	repetir := func(lineas []Linea) func(*Reserva) ([]Cambio, error) {
		return func(r *Reserva) ([]Cambio, error) {
			otra, err := NewReserva(unID, lineas, "otra", luego)
			require.NoError(t, err)
			return nil, r.Repetir(otra)
		}
	}
	acciones := map[string]func(*Reserva) ([]Cambio, error){
		"repetir":  repetir(misma),
		"distinta": repetir([]Linea{{1, 3}}),
		"liberar":  func(r *Reserva) ([]Cambio, error) { return r.Liberar(luego) },
		"consumir": func(r *Reserva) ([]Cambio, error) { return r.Consumir(luego) },
	}
	for _, caso := range []struct {
		de      Estado
		accion  string
		a       Estado
		cambios Tipo // "": stock does not change
		falla   *fault.Kind
	}{
		{Activa, "repetir", Activa, "", nil},
		{Activa, "distinta", Activa, "", ErrReservaDistinta},
		{Activa, "liberar", Liberada, TipoLiberacion, nil},
		{Activa, "consumir", Consumida, TipoConsumo, nil},
		{Consumida, "repetir", Consumida, "", ErrReservaTerminada},
		{Consumida, "distinta", Consumida, "", ErrReservaTerminada},
		{Consumida, "liberar", Consumida, "", ErrReservaTerminada},
		{Consumida, "consumir", Consumida, "", nil},
		{Liberada, "repetir", Liberada, "", ErrReservaTerminada},
		{Liberada, "distinta", Liberada, "", ErrReservaTerminada},
		{Liberada, "liberar", Liberada, "", nil},
		{Liberada, "consumir", Liberada, "", ErrReservaTerminada},
	} {
		t.Run(string(caso.de)+"_"+caso.accion, func(t *testing.T) {
			t.Parallel()
			r, err := RehidratarReserva(RegistroReserva{ID: unID, Estado: caso.de, Lineas: misma, CreadoEn: ahora, ActualizadoEn: ahora})
			require.NoError(t, err)
			cambios, err := acciones[caso.accion](r)
			assert.Equal(t, caso.a, r.Estado())
			if caso.falla != nil {
				require.ErrorIs(t, err, caso.falla)
			} else {
				require.NoError(t, err)
			}
			if caso.falla == ErrReservaTerminada {
				assert.Equal(t, string(caso.de), fault.From(err).Extra["estado"])
			}
			if caso.cambios == "" {
				assert.Empty(t, cambios)
				assert.Equal(t, ahora, r.ActualizadoEn())
				return
			}
			assert.Equal(t, []Cambio{NewCambio(caso.cambios, 1, 3), NewCambio(caso.cambios, 2, 4)}, cambios)
			assert.Equal(t, luego, r.ActualizadoEn())
		})
	}
	for de := range pasos {
		assert.True(t, de.Valido())
		assert.Len(t, pasos[de], 3, "every pair is decided")
	}
}

func TestReservaCerrada(t *testing.T) {
	t.Parallel()
	r := ReservaCerrada(unID, ahora)
	cambios, err := r.Liberar(ahora)
	require.NoError(t, err)
	assert.Empty(t, cambios)
	_, err = r.Consumir(ahora)
	require.ErrorIs(t, err, ErrReservaTerminada)
}

func TestRehidratarReserva(t *testing.T) {
	t.Parallel()
	buena := RegistroReserva{
		ID: unID, Estado: Activa, Lineas: []Linea{{1, 1}, {2, 2}}, Referencia: "x", CreadoEn: ahora, ActualizadoEn: ahora,
	}
	r, err := RehidratarReserva(buena)
	require.NoError(t, err)
	assert.Equal(t, buena, RegistroReserva{r.ID(), r.Estado(), r.Lineas(), r.Referencia(), r.CreadoEn(), r.ActualizadoEn()})
	for nombre, romper := range map[string]func(*RegistroReserva){
		"id":            func(s *RegistroReserva) { s.ID = "1" },
		"estado":        func(s *RegistroReserva) { s.Estado = "OTRO" },
		"sin_lineas":    func(s *RegistroReserva) { s.Lineas = nil },
		"cantidad":      func(s *RegistroReserva) { s.Lineas = []Linea{{1, 0}} },
		"desordenada":   func(s *RegistroReserva) { s.Lineas = []Linea{{2, 1}, {1, 1}} },
		"repetida":      func(s *RegistroReserva) { s.Lineas = []Linea{{1, 1}, {1, 1}} },
		"creado_en":     func(s *RegistroReserva) { s.CreadoEn = time.Time{} },
		"actualizado_e": func(s *RegistroReserva) { s.ActualizadoEn = time.Time{} },
	} {
		mala := buena
		romper(&mala)
		_, err := RehidratarReserva(mala)
		assert.ErrorIs(t, err, errImposible, nombre)
	}
}

func TestFaltaStock(t *testing.T) {
	t.Parallel()
	err := FaltaStock([]Falta{{ProductoID: 2, Solicitado: 5, Disponible: 3}})
	require.ErrorIs(t, err, ErrStockInsuficiente)
	assert.Equal(t, []map[string]int64{{"producto_id": 2, "solicitado": 5, "disponible": 3}}, fault.From(err).Extra["lineas"])
}
