package portstest

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/inventario/domain"
	"github.com/tienda-go/tienda/inventario/ports"
)

// maquina is a small model of the whole storage, in plain arithmetic, next to the real storage. rapid makes the same random calls
// to both, and shortens the calls after which they differ.
type maquina struct {
	a        Almacen
	base     int64 // products of this run are base+1 … base+3: all runs share one storage
	stock    map[int64]*modeloStock
	reservas map[domain.ReservaID]*modeloReserva
	vueltas  map[domain.DevolucionID]map[int64]int64
	ids      []domain.ReservaID
	vez      int
}

type modeloStock struct{ fisico, reservado, version int64 }

type modeloReserva struct {
	estado domain.Estado
	lineas map[int64]int64
}

func modelo(t *testing.T, nuevo func(t *testing.T) Almacen) {
	a := nuevo(t)
	var corrida atomic.Int64
	rapid.Check(t, func(rt *rapid.T) {
		m := &maquina{
			a: a, base: corrida.Add(1) * 10,
			stock: map[int64]*modeloStock{}, reservas: map[domain.ReservaID]*modeloReserva{},
			vueltas: map[domain.DevolucionID]map[int64]int64{},
		}
		for range 4 {
			m.ids = append(m.ids, nuevoID())
		}
		rt.Repeat(map[string]func(*rapid.T){
			"alta": m.alta, "mover": m.mover, "recontar": m.recontar, "reservar": m.reservar, "liberar": m.liberar, "consumir": m.consumir,
			"devolver": m.devolver,
			"":         m.comprobar,
		})
	})
	a.cuadrar(t)
}

func (m *maquina) proceso() Proceso {
	m.vez++
	return m.a.de(m.vez)
}

func (m *maquina) producto(t *rapid.T) int64 {
	return m.base + rapid.Int64Range(1, 3).Draw(t, "producto")
}

func (m *maquina) id(t *rapid.T) domain.ReservaID {
	return m.ids[rapid.IntRange(0, 3).Draw(t, "reserva")]
}

// lineas draws the lines of a request; sumadas has the units of each product.
func (m *maquina) lineas(t *rapid.T) (pedidas []domain.Linea, sumadas map[int64]int64) {
	sumadas = map[int64]int64{}
	for range rapid.IntRange(1, 4).Draw(t, "lineas") {
		l := linea(m.producto(t), rapid.Int64Range(1, 6).Draw(t, "cantidad"))
		pedidas = append(pedidas, l)
		sumadas[l.ProductoID] += l.Cantidad
	}
	return pedidas, sumadas
}

func (m *maquina) alta(t *rapid.T) {
	producto, cantidad := m.producto(t), rapid.Int64Range(0, 20).Draw(t, "cantidad")
	nuevas := existenciasDe(t, producto, cantidad, 0)
	esperado := domain.ErrYaExiste
	if m.stock[producto] == nil {
		m.stock[producto] = &modeloStock{fisico: cantidad, version: 1}
		esperado = nil
	}
	exigir(t, esperado, m.proceso().Existencias.Alta(t.Context(), idempotency.Key{}, nuevas, causa))
}

func (m *maquina) mover(t *rapid.T) {
	producto, cantidad := m.producto(t), rapid.Int64Range(1, 10).Draw(t, "cantidad")
	tipo := rapid.SampledFrom([]domain.Tipo{domain.Entrada, domain.Salida, domain.Merma, domain.TipoDevolucion}).Draw(t, "tipo")
	s, delta := m.stock[producto], cantidad
	if tipo == domain.Salida || tipo == domain.Merma {
		delta = -cantidad
	}
	esperado := domain.ErrStockInsuficiente
	switch {
	case s == nil:
		esperado = domain.ErrInventarioNoExiste
	case s.fisico-s.reservado+delta >= 0:
		s.fisico += delta
		s.version++
		esperado = nil
	}
	_, err := m.proceso().mover(t.Context(), movimiento(t, producto, tipo, cantidad))
	exigir(t, esperado, err)
}

func (m *maquina) recontar(t *rapid.T) {
	producto, contado, esperado := m.producto(t), rapid.Int64Range(0, 30).Draw(t, "contado"), rapid.Int64Range(0, 30).
		Draw(t, "esperado")
	s := m.stock[producto]
	if s != nil && rapid.Bool().Draw(t, "nada se ha movido") {
		esperado = s.fisico
	}
	kind := (*fault.Kind)(nil)
	switch {
	case s == nil:
		kind = domain.ErrInventarioNoExiste
	case s.fisico != esperado:
		kind = domain.ErrCambioDuranteRecuento
	case contado < s.reservado:
		kind = domain.ErrStockInsuficiente
	default:
		s.fisico = contado
		s.version++
	}
	_, err := m.proceso().mover(t.Context(), recuentoDe(t, producto, contado, esperado))
	exigir(t, kind, err)
}

func (m *maquina) reservar(t *rapid.T) {
	id := m.id(t)
	pedidas, lineas := m.lineas(t)
	r := m.reservas[id]
	nueva := r == nil
	esperado := (*fault.Kind)(nil)
	switch {
	case !nueva && r.estado != domain.Activa:
		esperado = domain.ErrReservaTerminada
	case !nueva && !maps.Equal(r.lineas, lineas):
		esperado = domain.ErrReservaDistinta
	case nueva && !m.alcanza(lineas):
		esperado = domain.ErrStockInsuficiente
	case nueva:
		m.reservas[id] = &modeloReserva{estado: domain.Activa, lineas: lineas}
		m.aplicar(lineas, 0, +1)
	}
	guardada, creada, err := reservar(t.Context(), m.proceso(), id, pedidas...)
	exigir(t, esperado, err)
	if esperado == nil {
		require.Equal(t, nueva, creada)
		require.Equal(t, enOrden(lineas), guardada.Lineas())
	}
}

func (m *maquina) alcanza(lineas map[int64]int64) bool {
	for producto, n := range lineas {
		if s := m.stock[producto]; s == nil || s.fisico-s.reservado < n {
			return false
		}
	}
	return true
}

func (m *maquina) aplicar(lineas map[int64]int64, fisico, reservado int64) {
	for producto, n := range lineas {
		s := m.stock[producto]
		s.fisico += fisico * n
		s.reservado += reservado * n
		s.version++
	}
}

func (m *maquina) liberar(t *rapid.T) {
	id := m.id(t)
	esperado := (*fault.Kind)(nil)
	switch r := m.reservas[id]; {
	case r == nil:
		m.reservas[id] = &modeloReserva{estado: domain.Liberada}
	case r.estado == domain.Activa:
		r.estado = domain.Liberada
		m.aplicar(r.lineas, 0, -1)
	case r.estado == domain.Consumida:
		esperado = domain.ErrReservaTerminada
	}
	_, err := m.proceso().Reservas.Liberar(t.Context(), id, causa)
	exigir(t, esperado, err)
}

func (m *maquina) consumir(t *rapid.T) {
	id := m.id(t)
	esperado := (*fault.Kind)(nil)
	switch r := m.reservas[id]; {
	case r == nil:
		esperado = domain.ErrReservaNoExiste
	case r.estado == domain.Activa:
		r.estado = domain.Consumida
		m.aplicar(r.lineas, -1, -1)
	case r.estado == domain.Liberada:
		esperado = domain.ErrReservaTerminada
	}
	_, err := m.proceso().Reservas.Consumir(t.Context(), id, causa)
	exigir(t, esperado, err)
}

func (m *maquina) devolver(t *rapid.T) {
	id := domain.DevolucionID(m.id(t)) // a reservation and a return may have the same id
	pedidas, lineas := m.lineas(t)
	antes, repetida := m.vueltas[id]
	esperado := (*fault.Kind)(nil)
	switch {
	case repetida && !maps.Equal(antes, lineas):
		esperado = domain.ErrDevolucionDistinta
	case !repetida && !m.hay(lineas):
		esperado = domain.ErrInventarioNoExiste
	case !repetida:
		m.vueltas[id] = lineas
		m.aplicar(lineas, +1, 0)
	}
	_, creada, err := devolver(t.Context(), m.proceso(), id, pedidas...)
	exigir(t, esperado, err)
	if esperado == nil {
		require.Equal(t, !repetida, creada)
	}
}

func (m *maquina) hay(lineas map[int64]int64) bool {
	for producto := range lineas {
		if m.stock[producto] == nil {
			return false
		}
	}
	return true
}

// comprobar compares all stock, and one reservation, after every step.
func (m *maquina) comprobar(t *rapid.T) {
	p := m.proceso()
	lista, err := p.Existencias.Listar(t.Context(), ports.Filtro{DespuesDe: m.base, Limite: 3})
	require.NoError(t, err)
	visto := map[int64]*modeloStock{}
	for _, e := range lista {
		if e.ProductoID() <= m.base+3 {
			visto[e.ProductoID()] = &modeloStock{e.Fisico(), e.Reservado(), e.Version()}
		}
	}
	require.Equal(t, m.stock, visto)

	id := m.id(t)
	r, err := p.Reservas.Obtener(t.Context(), id)
	if m.reservas[id] == nil {
		require.ErrorIs(t, err, domain.ErrReservaNoExiste)
		return
	}
	require.NoError(t, err)
	require.Equal(t, m.reservas[id].estado, r.Estado())
	require.Equal(t, enOrden(m.reservas[id].lineas), r.Lineas())
}

func enOrden(lineas map[int64]int64) []domain.Linea {
	var orden []domain.Linea
	for _, producto := range slices.Sorted(maps.Keys(lineas)) {
		orden = append(orden, linea(producto, lineas[producto]))
	}
	return orden
}

func exigir(t require.TestingT, esperado *fault.Kind, err error) {
	if esperado == nil {
		require.NoError(t, err)
		return
	}
	require.ErrorIs(t, err, esperado, fmt.Sprint(err))
}
