package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/money"

	"github.com/tienda-go/tienda/productos/domain"
)

var (
	ayer = time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	hoy  = ayer.Add(24 * time.Hour)
)

func taza() domain.Ficha {
	return domain.Ficha{
		Nombre: "Taza", Descripcion: "De barro", Precio: 1999, Moneda: money.EUR, SKU: "T-1", Categoria: "Menaje",
		Estado: domain.Activo, Atributos: map[string]string{"color": "rojo"},
	}
}

func nueva(t *testing.T) *domain.Producto {
	t.Helper()
	p, err := domain.NewProducto(taza(), ayer)
	require.NoError(t, err)
	return p
}

func TestNewProducto(t *testing.T) {
	t.Parallel()
	t.Run("nace_en_la_version_1", func(t *testing.T) {
		t.Parallel()
		p := nueva(t)
		assert.Zero(t, p.ID())
		assert.Equal(t, int64(1), p.Version())
		assert.Equal(t, taza(), p.Ficha())
		assert.Equal(t, ayer, p.CreadoEn())
		assert.Equal(t, ayer, p.ActualizadoEn())
	})
	t.Run("sin_moneda_ni_estado_es_EUR_y_ACTIVO", func(t *testing.T) {
		t.Parallel()
		p, err := domain.NewProducto(domain.Ficha{Nombre: "Vela"}, ayer)
		require.NoError(t, err)
		assert.Equal(t, domain.Ficha{Nombre: "Vela", Moneda: "EUR", Estado: domain.Activo}, p.Ficha())
	})
	t.Run("recorta_espacios_y_olvida_atributos_vacios", func(t *testing.T) {
		t.Parallel()
		p, err := domain.NewProducto(domain.Ficha{Nombre: "\u00a0 Vela ", Categoria: " Luz\n", Atributos: map[string]string{}}, ayer)
		require.NoError(t, err)
		assert.Equal(t, "Vela", p.Ficha().Nombre)
		assert.Equal(t, "Luz", p.Ficha().Categoria)
		assert.Nil(t, p.Ficha().Atributos)
	})
	t.Run("no_comparte_memoria", func(t *testing.T) {
		t.Parallel()
		ficha := taza()
		p, err := domain.NewProducto(ficha, ayer)
		require.NoError(t, err)
		ficha.Atributos["color"] = "verde"
		p.Ficha().Atributos["color"] = "azul"
		assert.Equal(t, taza(), p.Ficha())
	})
}

func TestProducto_Editar(t *testing.T) {
	t.Parallel()
	t.Run("cambia_version_y_fecha", func(t *testing.T) {
		t.Parallel()
		p := nueva(t)
		ficha := p.Ficha()
		ficha.Atributos["color"] = "verde"
		require.NoError(t, p.Editar(ficha, hoy))
		assert.Equal(t, ficha, p.Ficha())
		assert.Equal(t, int64(2), p.Version())
		assert.Equal(t, ayer, p.CreadoEn())
		assert.Equal(t, hoy, p.ActualizadoEn())
	})
	t.Run("lo_mismo_no_cambia_nada", func(t *testing.T) {
		t.Parallel()
		p := nueva(t)
		ficha := p.Ficha()
		ficha.Nombre = " Taza "
		require.NoError(t, p.Editar(ficha, hoy))
		assert.Equal(t, nueva(t), p)
	})
	t.Run("lo_incorrecto_no_cambia_nada", func(t *testing.T) {
		t.Parallel()
		p := nueva(t)
		assert.ErrorIs(t, p.Editar(domain.Ficha{Nombre: "Sin moneda"}, hoy), fault.ErrInvalid)
		assert.Equal(t, nueva(t), p)
	})
}

func TestProducto_Archivar_y_Restaurar(t *testing.T) {
	t.Parallel()
	p := nueva(t)

	p.Restaurar(hoy)
	assert.Equal(t, nueva(t), p, "nothing to restore")

	p.Archivar(hoy)
	p.Archivar(hoy.Add(time.Hour))
	assert.Equal(t, domain.Archivado, p.Ficha().Estado)
	assert.Equal(t, int64(2), p.Version())
	assert.Equal(t, hoy, p.ActualizadoEn())

	p.Restaurar(hoy.Add(time.Hour))
	assert.Equal(t, domain.Activo, p.Ficha().Estado)
	assert.Equal(t, int64(3), p.Version())
	assert.Equal(t, hoy.Add(time.Hour), p.ActualizadoEn())
}

func TestProducto_Restaurar_vuelve_a_lo_que_era(t *testing.T) {
	t.Parallel()
	for nombre, caso := range map[string]struct {
		ficha func(*domain.Ficha)
		hacer func(*testing.T, *domain.Producto)
		want  domain.Estado
	}{
		"activo":           {func(*domain.Ficha) {}, archivar, domain.Activo},
		"activo_gratis":    {func(f *domain.Ficha) { f.Precio = 0 }, archivar, domain.Activo},
		"borrador":         {func(f *domain.Ficha) { f.Estado = domain.Borrador }, archivar, domain.Borrador},
		"borrador_editado": {func(f *domain.Ficha) { f.Estado = domain.Borrador }, editar(domain.Archivado), domain.Borrador},
		"editado_ya_archivado": {func(f *domain.Ficha) { f.Estado = domain.Borrador }, func(t *testing.T, p *domain.Producto) {
			archivar(t, p)
			f := p.Ficha()
			f.Descripcion = "otra"
			require.NoError(t, p.Editar(f, hoy))
		}, domain.Borrador},
		"nacido_archivado":        {func(f *domain.Ficha) { f.Estado = domain.Archivado }, archivar, domain.Activo},
		"nacido_archivado_gratis": {func(f *domain.Ficha) { f.Estado, f.Precio = domain.Archivado, 0 }, archivar, domain.Borrador},
		"archivado_dos_veces": {func(f *domain.Ficha) { f.Estado = domain.Borrador }, func(t *testing.T, p *domain.Producto) {
			archivar(t, p)
			editar(domain.Activo)(t, p)
			archivar(t, p)
		}, domain.Activo},
	} {
		t.Run(nombre, func(t *testing.T) {
			t.Parallel()
			ficha := taza()
			caso.ficha(&ficha)
			p, err := domain.NewProducto(ficha, ayer)
			require.NoError(t, err)
			caso.hacer(t, p)
			require.Equal(t, domain.Archivado, p.Ficha().Estado)
			p.Restaurar(hoy)
			assert.Equal(t, caso.want, p.Ficha().Estado)
			assert.Empty(t, p.Anterior())
		})
	}
}

func archivar(_ *testing.T, p *domain.Producto) { p.Archivar(hoy) }

func editar(estado domain.Estado) func(*testing.T, *domain.Producto) {
	return func(t *testing.T, p *domain.Producto) {
		f := p.Ficha()
		f.Estado = estado
		require.NoError(t, p.Editar(f, hoy))
	}
}

// A stored text that today's rules refuse stays, and the other fields can be changed.
func TestProducto_Editar_no_juzga_lo_que_no_cambia(t *testing.T) {
	t.Parallel()
	vieja := taza()
	vieja.Nombre, vieja.Categoria = "Ta\u200bza  vieja", "Men\u200baje"
	p, err := domain.RehidratarProducto(domain.RegistroProducto{
		ID: 3, Ficha: vieja, Version: 2, CreadoEn: ayer, ActualizadoEn: ayer,
	})
	require.NoError(t, err)
	f := p.Ficha()
	f.Precio = 5
	require.NoError(t, p.Editar(f, hoy))
	assert.Equal(t, vieja.Nombre, p.Ficha().Nombre)
	f.Nombre += "!"
	assert.ErrorIs(t, p.Editar(f, hoy), fault.ErrInvalid)
}

func TestProducto_ExigirVersion(t *testing.T) {
	t.Parallel()
	p := nueva(t)
	assert.NoError(t, p.ExigirVersion())
	assert.NoError(t, p.ExigirVersion(1))
	assert.NoError(t, p.ExigirVersion(7, 1))
	err := p.ExigirVersion(7, 0)
	require.ErrorIs(t, err, fault.ErrPrecondition)
	assert.Equal(t, int64(1), fault.From(err).Extra["version_actual"])
}

func TestRehidratarProducto(t *testing.T) {
	t.Parallel()
	guardado := func() domain.RegistroProducto {
		return domain.RegistroProducto{ID: 3, Ficha: taza(), Version: 2, CreadoEn: ayer, ActualizadoEn: hoy}
	}
	t.Run("vuelve_entero", func(t *testing.T) {
		t.Parallel()
		s := guardado()
		p, err := domain.RehidratarProducto(s)
		require.NoError(t, err)
		assert.Equal(t, s, domain.RegistroProducto{
			ID: p.ID(), Ficha: p.Ficha(), Version: p.Version(), CreadoEn: p.CreadoEn(), ActualizadoEn: p.ActualizadoEn(),
		})
	})
	for nombre, romper := range map[string]func(*domain.RegistroProducto){
		"sin_id":             func(s *domain.RegistroProducto) { s.ID = 0 },
		"sin_version":        func(s *domain.RegistroProducto) { s.Version = 0 },
		"sin_nombre":         func(s *domain.RegistroProducto) { s.Ficha.Nombre = "" },
		"precio_imposible":   func(s *domain.RegistroProducto) { s.Ficha.Precio = -1 },
		"estado_inexistente": func(s *domain.RegistroProducto) { s.Ficha.Estado = "VENDIDO" },
		"anterior_imposible": func(s *domain.RegistroProducto) { s.Anterior = domain.Archivado },
		"sin_fecha":          func(s *domain.RegistroProducto) { s.CreadoEn = time.Time{} },
	} {
		t.Run("imposible/"+nombre, func(t *testing.T) {
			t.Parallel()
			s := guardado()
			romper(&s)
			_, err := domain.RehidratarProducto(s)
			assert.ErrorContains(t, err, "impossible")
		})
	}
}
