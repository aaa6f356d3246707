package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/dbtest"
	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/productos/adapters/bunstore"
	"github.com/tienda-go/tienda/productos/app"
	"github.com/tienda-go/tienda/productos/domain"
)

// tienda is the service over a real database, with a clock that the test moves.
type tienda struct {
	*app.Servicio
	ahora time.Time
}

// The callers: a visitor has no scope.
var (
	visitante = domain.Solicitante{}
	personal  = domain.Solicitante{Alcances: []string{"productos:escribir"}}
	pedidos   = domain.Solicitante{Alcances: []string{"productos:leer"}}
)

// esquema gives each test a database with the tables.
var esquema = dbtest.NewSchema(bunstore.Migrations())

func nuevaTienda(t *testing.T) *tienda {
	t.Helper()
	db := esquema.Open(t, esquema.SQLite(t), database.Options{})

	s := &tienda{ahora: time.Date(2026, 5, 1, 10, 0, 0, 123456000, time.UTC)}
	repositorio := bunstore.New(db)
	s.Servicio = app.New(app.Dependencias{
		Productos: repositorio, Catalogo: repositorio, Reloj: func() time.Time { return s.ahora },
	})
	return s
}

func (s *tienda) crear(t *testing.T, nombre string) *domain.Producto {
	t.Helper()
	p, err := s.Crear(t.Context(), app.CrearProducto{Ficha: domain.Ficha{Nombre: nombre, Precio: 1999}})
	require.NoError(t, err)
	return p
}

func TestServicio_Crear(t *testing.T) {
	t.Parallel()
	t.Run("lo_creado_se_puede_leer", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		creado := s.crear(t, "Taza")
		leido, err := s.Obtener(t.Context(), visitante, creado.ID())
		require.NoError(t, err)
		assert.Equal(t, creado, leido)
		assert.Equal(t, time.Date(2026, 5, 1, 10, 0, 0, 123456000, time.UTC), leido.CreadoEn())
	})
	t.Run("nombre_repetido_devuelve_conflicto", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		s.crear(t, "Taza")
		_, err := s.Crear(t.Context(), app.CrearProducto{Ficha: domain.Ficha{Nombre: " TAZA "}})
		assert.ErrorIs(t, err, domain.ErrNombreDuplicado)
	})
	t.Run("ficha_incorrecta_no_crea_nada", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		_, err := s.Crear(t.Context(), app.CrearProducto{})
		require.ErrorIs(t, err, fault.ErrInvalid)
		lista, err := s.Listar(t.Context(), visitante, app.ListarProductos{Limite: 10})
		require.NoError(t, err)
		assert.Empty(t, lista)
	})
}

func TestServicio_Editar(t *testing.T) {
	t.Parallel()
	encarecer := func(f *domain.Ficha) { f.Precio = 2500 }
	t.Run("cambia_y_fecha", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		taza := s.crear(t, "Taza")
		s.ahora = s.ahora.Add(time.Hour)

		editada, err := s.Editar(t.Context(), app.EditarProducto{ID: taza.ID(), Cambiar: encarecer})
		require.NoError(t, err)
		assert.EqualValues(t, 2500, editada.Ficha().Precio)
		assert.Equal(t, "Taza", editada.Ficha().Nombre)
		assert.Equal(t, time.Hour, editada.ActualizadoEn().Sub(editada.CreadoEn()))
	})
	t.Run("otra_version_no_cambia_nada", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		taza := s.crear(t, "Taza")
		vieja := int64(1)
		orden := app.EditarProducto{ID: taza.ID(), SiVersion: []int64{vieja}, Cambiar: encarecer}

		editada, err := s.Editar(t.Context(), orden)
		require.NoError(t, err)
		_, err = s.Editar(t.Context(), orden)
		require.ErrorIs(t, err, fault.ErrPrecondition)
		assert.Equal(t, int64(2), fault.From(err).Extra["version_actual"])

		leida, err := s.Obtener(t.Context(), visitante, taza.ID())
		require.NoError(t, err)
		assert.Equal(t, editada, leida)
	})
	t.Run("desconocido_no_existe", func(t *testing.T) {
		t.Parallel()
		_, err := nuevaTienda(t).Editar(t.Context(), app.EditarProducto{ID: 9, Cambiar: encarecer})
		assert.ErrorIs(t, err, domain.ErrProductoNoExiste)
	})
	t.Run("salir_de_archivado_respeta_los_nombres", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		vieja := s.crear(t, "Taza")
		require.NoError(t, s.Archivar(t.Context(), app.ArchivarProducto{ID: vieja.ID()}))
		s.crear(t, "Taza")

		_, err := s.Editar(t.Context(), app.EditarProducto{
			ID: vieja.ID(), Cambiar: func(f *domain.Ficha) { f.Estado = domain.Borrador },
		})
		assert.ErrorIs(t, err, domain.ErrNombreDuplicado)
	})
}

func TestServicio_Archivar_y_Restaurar(t *testing.T) {
	t.Parallel()
	t.Run("sale_de_la_lista_y_vuelve", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		taza := s.crear(t, "Taza")
		for range 2 { // may be repeated
			require.NoError(t, s.Archivar(t.Context(), app.ArchivarProducto{ID: taza.ID()}))
		}
		lista, err := s.Listar(t.Context(), visitante, app.ListarProductos{Limite: 10})
		require.NoError(t, err)
		assert.Empty(t, lista)
		hallados, err := s.PorIDs(t.Context(), visitante, []int64{taza.ID()})
		require.NoError(t, err)
		require.Len(t, hallados, 1)
		assert.Equal(t, domain.Archivado, hallados[0].Ficha().Estado)

		restaurada, err := s.Restaurar(t.Context(), app.RestaurarProducto{ID: taza.ID()})
		require.NoError(t, err)
		assert.Equal(t, domain.Activo, restaurada.Ficha().Estado)
		assert.Equal(t, int64(3), restaurada.Version())
	})
	t.Run("restaurar_con_el_nombre_tomado_devuelve_conflicto", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		vieja := s.crear(t, "Taza")
		require.NoError(t, s.Archivar(t.Context(), app.ArchivarProducto{ID: vieja.ID()}))
		s.crear(t, "Taza")
		_, err := s.Restaurar(t.Context(), app.RestaurarProducto{ID: vieja.ID()})
		assert.ErrorIs(t, err, domain.ErrNombreDuplicado)
	})
	t.Run("otra_version_no_archiva", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		taza, otra := s.crear(t, "Taza"), int64(2)
		err := s.Archivar(t.Context(), app.ArchivarProducto{ID: taza.ID(), SiVersion: []int64{otra}})
		assert.ErrorIs(t, err, fault.ErrPrecondition)
	})
	t.Run("desconocido_no_existe", func(t *testing.T) {
		t.Parallel()
		s := nuevaTienda(t)
		assert.ErrorIs(t, s.Archivar(t.Context(), app.ArchivarProducto{ID: 9}), domain.ErrProductoNoExiste)
		_, err := s.Restaurar(t.Context(), app.RestaurarProducto{ID: 9})
		assert.ErrorIs(t, err, domain.ErrProductoNoExiste)
	})
}

func TestServicio_borradores(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	taza := s.crear(t, "Taza")
	creado, err := s.Crear(t.Context(), app.CrearProducto{Ficha: domain.Ficha{Nombre: "Idea", SKU: "I-1", Estado: domain.Borrador}})
	require.NoError(t, err)
	ver := func(quien domain.Solicitante, existe bool) {
		t.Helper()
		_, err := s.Obtener(t.Context(), quien, creado.ID())
		hallados, errIDs := s.PorIDs(t.Context(), quien, []int64{creado.ID(), taza.ID()})
		require.NoError(t, errIDs)
		if !existe {
			require.ErrorIs(t, err, domain.ErrProductoNoExiste)
			assert.Len(t, hallados, 1)
			return
		}
		require.NoError(t, err)
		assert.Len(t, hallados, 2)
	}
	for _, paso := range []struct {
		cambiar func()
		publico bool
	}{
		{func() {}, false},
		{func() { // a product that was never on sale stays hidden when archived
			require.NoError(t, s.Archivar(t.Context(), app.ArchivarProducto{ID: creado.ID()}))
		}, false},
		{func() {
			p, err := s.Restaurar(t.Context(), app.RestaurarProducto{ID: creado.ID()})
			require.NoError(t, err)
			assert.Equal(t, domain.Borrador, p.Ficha().Estado)
		}, false},
		{func() {
			_, err := s.Editar(t.Context(),
				app.EditarProducto{ID: creado.ID(), Cambiar: func(f *domain.Ficha) { f.Estado = domain.Activo }})
			require.NoError(t, err)
		}, true},
		{func() { require.NoError(t, s.Archivar(t.Context(), app.ArchivarProducto{ID: creado.ID()})) }, true},
	} {
		paso.cambiar()
		ver(visitante, paso.publico)
		ver(personal, true)
		ver(pedidos, true)
	}
}

func TestServicio_Listar_filtros(t *testing.T) {
	t.Parallel()
	s := nuevaTienda(t)
	ids := map[domain.Estado]int64{}
	for _, estado := range []domain.Estado{domain.Archivado, domain.Borrador, domain.Activo} {
		p, err := s.Crear(t.Context(), app.CrearProducto{Ficha: domain.Ficha{
			Nombre: "Taza " + string(estado), Precio: 1, SKU: "T-" + string(estado), Estado: estado,
		}})
		require.NoError(t, err)
		ids[estado] = p.ID()
	}
	buscar := func(quien domain.Solicitante, c app.ListarProductos) ([]int64, error) {
		c.Limite = 10
		lista, err := s.Listar(t.Context(), quien, c)
		var hallados []int64
		for _, p := range lista {
			hallados = append(hallados, p.ID())
		}
		return hallados, err
	}
	for estado, id := range ids {
		for _, c := range []app.ListarProductos{{Nombre: " ｔaza  " + string(estado)}, {SKU: "t-" + string(estado)}} {
			hallados, err := buscar(personal, c)
			require.NoError(t, err)
			assert.Equal(t, []int64{id}, hallados, "staff finds every state")
			for _, quien := range []domain.Solicitante{visitante, pedidos} {
				hallados, err = buscar(quien, c)
				require.NoError(t, err)
				assert.Equal(t, estado == domain.Activo, len(hallados) == 1, "others find what is on sale")
			}
		}
		hallados, err := buscar(personal, app.ListarProductos{Estado: estado})
		require.NoError(t, err)
		assert.Equal(t, []int64{id}, hallados)
		_, err = buscar(visitante, app.ListarProductos{Estado: estado})
		require.ErrorIs(t, err, fault.ErrForbidden)
	}
	hallados, err := buscar(personal, app.ListarProductos{Estado: domain.Activo, Nombre: "taza borrador"})
	require.NoError(t, err)
	assert.Empty(t, hallados)
	_, err = buscar(personal, app.ListarProductos{Nombre: " ", SKU: "a\u200bb", Estado: "?"})
	require.ErrorIs(t, err, fault.ErrInvalid)
	assert.Len(t, fault.From(err).Fields, 3)
}
