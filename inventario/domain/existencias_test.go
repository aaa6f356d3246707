package domain

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
)

var ahora = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// campos lists the wrong fields, as "campo codigo".
func campos(err error) []string {
	var lista []string
	for _, f := range fault.From(err).Fields {
		lista = append(lista, f.Campo+" "+f.Codigo)
	}
	return lista
}

func guardadas(t *testing.T, f RegistroExistencias) *Existencias {
	t.Helper()
	e, err := RehidratarExistencias(f)
	require.NoError(t, err)
	return e
}

func TestNewExistencias(t *testing.T) {
	t.Parallel()
	e, err := NewExistencias(3, 10, 11, ahora)
	require.NoError(t, err)
	assert.Equal(t, [5]int64{3, 10, 0, 10, 1}, [5]int64{e.ProductoID(), e.Fisico(), e.Reservado(), e.Disponible(), e.Version()})
	assert.True(t, e.BajoMinimo())
	assert.Equal(t, ahora, e.ActualizadoEn())

	_, err = NewExistencias(1, MaxCantidad, 0, ahora)
	require.NoError(t, err)

	_, err = NewExistencias(0, -1, -1, ahora)
	require.ErrorIs(t, err, fault.ErrInvalid)
	assert.Equal(t, []string{"producto_id FUERA_DE_RANGO", "cantidad FUERA_DE_RANGO", "minimo FUERA_DE_RANGO"}, campos(err))
	_, err = NewExistencias(1, MaxCantidad+1, MaxFisico+1, ahora)
	assert.Equal(t, []string{"cantidad FUERA_DE_RANGO", "minimo FUERA_DE_RANGO"}, campos(err))
}

func TestExistencias_BajoMinimo(t *testing.T) {
	t.Parallel()
	for disponible, bajo := range map[int64]bool{2: true, 3: false, 4: false} {
		e := guardadas(t, RegistroExistencias{
			ProductoID: 1, Fisico: disponible + 5, Reservado: 5, Minimo: 3, Version: 1, ActualizadoEn: ahora,
		})
		assert.Equal(t, bajo, e.BajoMinimo(), "%d available", disponible)
	}
}

func TestExistencias_Admite(t *testing.T) {
	t.Parallel()
	e := guardadas(t, RegistroExistencias{ProductoID: 1, Fisico: 10, Reservado: 4, Version: 1, ActualizadoEn: ahora})
	lleno := guardadas(t, RegistroExistencias{ProductoID: 1, Fisico: MaxFisico, Version: 1, ActualizadoEn: ahora})
	for _, caso := range []struct {
		nombre string
		e      *Existencias
		tipo   Tipo
		n      int64
		falla  *fault.Kind
	}{
		{"sale_todo_lo_libre", e, Salida, 6, nil},
		{"no_sale_lo_reservado", e, Salida, 7, ErrStockInsuficiente},
		{"merma_como_salida", e, Merma, 7, ErrStockInsuficiente},
		{"se_reserva_todo_lo_libre", e, TipoReserva, 6, nil},
		{"no_se_reserva_dos_veces", e, TipoReserva, 7, ErrStockInsuficiente},
		{"se_libera_lo_reservado", e, TipoLiberacion, 4, nil},
		{"no_se_libera_mas", e, TipoLiberacion, 5, ErrStockInsuficiente},
		{"se_consume_lo_reservado", e, TipoConsumo, 4, nil},
		{"no_se_consume_mas", e, TipoConsumo, 5, ErrStockInsuficiente},
		{"entra", e, Entrada, MaxCantidad, nil},
		{"no_cabe", lleno, Entrada, 1, fault.ErrInvalid},
		{"devolucion_no_cabe", lleno, TipoDevolucion, 1, fault.ErrInvalid},
		{"de_lleno_sale", lleno, Salida, 1, nil},
	} {
		err := caso.e.Admite(NewCambio(caso.tipo, 1, caso.n))
		if caso.falla == nil {
			assert.NoError(t, err, caso.nombre)
			continue
		}
		assert.ErrorIs(t, err, caso.falla, caso.nombre)
	}
	assert.Equal(t, int64(6), fault.From(e.Admite(NewCambio(Salida, 1, 7))).Extra["disponible"])
}

func TestRehidratarExistencias_fila_imposible(t *testing.T) {
	t.Parallel()
	buena := RegistroExistencias{ProductoID: 1, Fisico: 5, Reservado: 5, Minimo: 2, Version: 3, ActualizadoEn: ahora}
	assert.Equal(t, buena, guardadas(t, buena).Registro())
	for nombre, romper := range map[string]func(*RegistroExistencias){
		"producto":      func(s *RegistroExistencias) { s.ProductoID = 0 },
		"fisico":        func(s *RegistroExistencias) { s.Fisico, s.Reservado = -1, 0 },
		"tope":          func(s *RegistroExistencias) { s.Fisico = MaxFisico + 1 },
		"reservado":     func(s *RegistroExistencias) { s.Reservado = -1 },
		"reservado_mas": func(s *RegistroExistencias) { s.Reservado = 6 },
		"minimo":        func(s *RegistroExistencias) { s.Minimo = -1 },
		"version":       func(s *RegistroExistencias) { s.Version = 0 },
		"cuando":        func(s *RegistroExistencias) { s.ActualizadoEn = time.Time{} },
	} {
		mala := buena
		romper(&mala)
		_, err := RehidratarExistencias(mala)
		assert.ErrorIs(t, err, errImposible, nombre)
	}
}
