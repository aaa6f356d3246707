package portstest

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/idempotency"

	"github.com/tienda-go/tienda/productos/domain"
)

const desconocido = 999_999

func crearYObtener(t *testing.T, a Almacen) {
	minima := domain.Ficha{Nombre: "Vela", Moneda: "EUR", Estado: domain.Borrador} // no optional field
	for i, llena := 0, reflect.ValueOf(ficha("Taza")); i < llena.NumField(); i++ {
		require.False(t, llena.Field(i).IsZero(), "ficha of suite.go has no value in %s", llena.Type().Field(i).Name)
	}
	for _, f := range []domain.Ficha{ficha("Taza"), minima} {
		creado := guardado(t, a, f)
		leido, err := a.Obtener(t.Context(), creado.ID())
		require.NoError(t, err)

		assert.Positive(t, creado.ID())
		assert.Equal(t, f, leido.Ficha())
		assert.Equal(t, int64(1), leido.Version())
		assert.Equal(t, instante, leido.CreadoEn())
		assert.Equal(t, creado, leido)
	}
}

func obtenerDesconocido(t *testing.T, a Almacen) {
	_, err := a.Obtener(t.Context(), desconocido)
	assert.ErrorIs(t, err, domain.ErrProductoNoExiste)
}

func nombreUnico(t *testing.T, a Almacen) {
	con := func(nombre string) domain.Ficha { return conSKU(nombre, "") }
	camion := guardado(t, a, con("Cami\u00f3n"))
	otro := guardado(t, a, con("Otro"))

	for _, nombre := range []string{"Cami\u00f3n", "CAMI\u00d3N", "Camio\u0301n", " \u00a0Camión", "Ｃamión"} {
		_, err := a.Crear(t.Context(), idempotency.Key{}, producto(t, con(nombre)))
		assert.ErrorIs(t, err, domain.ErrNombreDuplicado, "%+q", nombre)
		assert.Equal(t, camion.ID(), otroDe(err), "%+q", nombre)
	}
	renombrar := func(p *domain.Producto) error { return p.Editar(con("camión"), instante) }
	_, err := a.Actualizar(t.Context(), idempotency.Key{}, otro.ID(), renombrar)
	assert.ErrorIs(t, err, domain.ErrNombreDuplicado)
	_, err = a.Actualizar(t.Context(), idempotency.Key{}, camion.ID(), renombrar)
	assert.NoError(t, err, "a product may keep its own name")

	archivar(t, a, camion.ID())
	guardado(t, a, con("Camión"))
	_, err = a.Actualizar(t.Context(), idempotency.Key{}, camion.ID(), restaurar)
	assert.ErrorIs(t, err, domain.ErrNombreDuplicado)
}

func skuUnico(t *testing.T, a Almacen) {
	primero := guardado(t, a, conSKU("uno", "X-1"))
	guardado(t, a, conSKU("dos", ""))
	guardado(t, a, conSKU("tres", "")) // any number of products may have no SKU

	for _, sku := range []string{"X-1", "x-1"} {
		_, err := a.Crear(t.Context(), idempotency.Key{}, producto(t, conSKU("cinco", sku)))
		assert.ErrorIs(t, err, domain.ErrSKUDuplicado)
		assert.Equal(t, primero.ID(), otroDe(err))
	}

	archivar(t, a, primero.ID())
	guardado(t, a, conSKU("seis", "X-1"))
	_, err := a.Actualizar(t.Context(), idempotency.Key{}, primero.ID(), restaurar)
	assert.ErrorIs(t, err, domain.ErrSKUDuplicado)
}

// When the name and the SKU are both taken, the error is about the name.
func ambosTomados(t *testing.T, a Almacen) {
	sku := guardado(t, a, conSKU("otro", "X-1"))
	nombre := guardado(t, a, conSKU("Taza", "X-2"))
	crear := func() error {
		_, err := a.Crear(t.Context(), idempotency.Key{}, producto(t, conSKU("TAZA", "x-1")))
		return err
	}
	tercero := guardado(t, a, conSKU("tercero", "X-3"))
	editar := func() error {
		_, err := a.Actualizar(t.Context(), idempotency.Key{}, tercero.ID(),
			func(p *domain.Producto) error { return p.Editar(conSKU("taza", "X-1"), instante) })
		return err
	}
	cuarto := guardado(t, a, escrita("tAza", func(f *domain.Ficha) { f.SKU, f.Estado = "X-1", domain.Archivado }))
	volver := func() error {
		_, err := a.Actualizar(t.Context(), idempotency.Key{}, cuarto.ID(), restaurar)
		return err
	}
	exigir := func(esperado *fault.Kind, otro int64) {
		t.Helper()
		for _, hacer := range []func() error{crear, editar, volver} {
			err := hacer()
			assert.ErrorIs(t, err, esperado)
			assert.Equal(t, otro, otroDe(err))
		}
	}
	exigir(domain.ErrNombreDuplicado, nombre.ID())
	archivar(t, a, nombre.ID())
	exigir(domain.ErrSKUDuplicado, sku.ID())
}

func otroDe(err error) any { return fault.From(err).Extra["producto_id"] }

func anteriorSeGuarda(t *testing.T, a Almacen) {
	for _, estado := range []domain.Estado{domain.Borrador, domain.Activo} {
		p := guardado(t, a, escrita("de "+string(estado), func(f *domain.Ficha) { f.Estado = estado }))
		archivar(t, a, p.ID())
		leido, err := a.Obtener(t.Context(), p.ID())
		require.NoError(t, err)
		assert.Equal(t, estado, leido.Anterior())
		vuelto, err := a.Actualizar(t.Context(), idempotency.Key{}, p.ID(), restaurar)
		require.NoError(t, err)
		assert.Equal(t, estado, vuelto.Ficha().Estado)
	}
}

func actualizarGuarda(t *testing.T, a Almacen) {
	original := guardado(t, a, ficha("Taza"))
	guardado(t, a, ficha("Vaso"))
	despues := instante.Add(time.Hour)
	nueva := domain.Ficha{Nombre: "Tazón", Descripcion: "", Precio: 1, Moneda: "EUR", Estado: domain.Archivado}

	cambiado, err := a.Actualizar(t.Context(), idempotency.Key{}, original.ID(),
		func(p *domain.Producto) error { return p.Editar(nueva, despues) })
	require.NoError(t, err)
	leido, err := a.Obtener(t.Context(), original.ID())
	require.NoError(t, err)

	assert.Equal(t, cambiado, leido)
	assert.Equal(t, nueva, leido.Ficha())
	assert.Equal(t, int64(2), leido.Version())
	assert.Equal(t, instante, leido.CreadoEn())
	assert.Equal(t, despues, leido.ActualizadoEn())
}

func actualizarSinCambios(t *testing.T, a Almacen) {
	original := guardado(t, a, ficha("Taza"))

	igual, err := a.Actualizar(t.Context(), idempotency.Key{}, original.ID(), func(*domain.Producto) error { return nil })

	require.NoError(t, err)
	assert.Equal(t, original, igual)
}

func actualizarFalla(t *testing.T, a Almacen) {
	original := guardado(t, a, ficha("Taza"))
	rechazo := errors.New("no")

	_, err := a.Actualizar(t.Context(), idempotency.Key{}, original.ID(), func(p *domain.Producto) error {
		p.Archivar(instante)
		return rechazo
	})
	require.ErrorIs(t, err, rechazo)

	leido, err := a.Obtener(t.Context(), original.ID())
	require.NoError(t, err)
	assert.Equal(t, original, leido)
}

func actualizarDesconocido(t *testing.T, a Almacen) {
	_, err := a.Actualizar(t.Context(), idempotency.Key{}, desconocido, func(*domain.Producto) error {
		t.Error("cambiar was called without a product")
		return nil
	})
	assert.ErrorIs(t, err, domain.ErrProductoNoExiste)
}

func actualizarALaVez(t *testing.T, a Almacen) {
	const veces = 20
	id := guardado(t, a, escrita("Taza", func(f *domain.Ficha) { f.Precio = 0 })).ID()

	aLaVez(veces, func(int) {
		_, err := a.Actualizar(t.Context(), idempotency.Key{}, id, func(p *domain.Producto) error {
			f := p.Ficha()
			f.Precio++
			return p.Editar(f, instante)
		})
		assert.NoError(t, err)
	})

	leido, err := a.Obtener(t.Context(), id)
	require.NoError(t, err)
	assert.EqualValues(t, veces, leido.Ficha().Precio)
	assert.EqualValues(t, 1+veces, leido.Version())
}

func crearALaVez(t *testing.T, a Almacen) {
	var creados atomic.Int64
	aLaVez(10, func(i int) {
		f := escrita("Taza", func(f *domain.Ficha) { f.SKU = fmt.Sprintf("S-%d", i) })
		_, err := a.Crear(t.Context(), idempotency.Key{}, producto(t, f))
		if err == nil {
			creados.Add(1)
			return
		}
		assert.ErrorIs(t, err, domain.ErrNombreDuplicado)
		assert.NotNil(t, otroDe(err), "the error names the other product, also when both writers come at once")
	})
	assert.EqualValues(t, 1, creados.Load())
}

func aLaVez(veces int, hacer func(i int)) {
	var grupo sync.WaitGroup
	for i := range veces {
		grupo.Go(func() { hacer(i) })
	}
	grupo.Wait()
}

func archivar(t *testing.T, a Almacen, id int64) {
	t.Helper()
	_, err := a.Actualizar(t.Context(), idempotency.Key{}, id, func(p *domain.Producto) error {
		p.Archivar(instante)
		return nil
	})
	require.NoError(t, err)
}

func restaurar(p *domain.Producto) error {
	p.Restaurar(instante)
	return nil
}
