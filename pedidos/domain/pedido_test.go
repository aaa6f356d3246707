package domain_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/money"

	"github.com/tienda-go/tienda/pedidos/domain"
)

var ahora = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func catalogo(articulos ...domain.Articulo) map[int64]domain.Articulo {
	c := map[int64]domain.Articulo{}
	for _, a := range articulos {
		c[a.ID] = a
	}
	return c
}

func articulo(id int64, precio money.Amount) domain.Articulo {
	return domain.Articulo{ID: id, Nombre: fmt.Sprintf("Producto %d", id), Precio: precio, Moneda: "EUR", EnVenta: true}
}

func nuevo(lineas []domain.LineaPedida, c map[int64]domain.Articulo) (*domain.Pedido, error) {
	sumadas, err := domain.SumarLineas(lineas)
	if err != nil {
		return nil, err
	}
	return domain.NewPedido(domain.Nuevo{
		Cliente: domain.Solicitante{UsuarioID: 7}, ReservaID: "r", Lineas: sumadas, Pedidas: lineas, Catalogo: c, Ahora: ahora,
		ExpiraEn: ahora.Add(time.Hour), RevisarEn: ahora.Add(time.Minute),
	})
}

func TestNewPedido_suma_y_ordena_las_lineas(t *testing.T) {
	t.Parallel()
	p, err := nuevo([]domain.LineaPedida{{ProductoID: 2, Cantidad: 1}, {ProductoID: 1, Cantidad: 3}, {ProductoID: 2, Cantidad: 4}},
		catalogo(articulo(1, 1999), articulo(2, 10)))
	require.NoError(t, err)
	assert.Equal(t, []domain.Linea{
		{ProductoID: 1, Nombre: "Producto 1", Precio: 1999, Cantidad: 3, Subtotal: 5997},
		{ProductoID: 2, Nombre: "Producto 2", Precio: 10, Cantidad: 5, Subtotal: 50},
	}, p.Lineas())
	assert.Equal(t, "60.47", p.Total().String())
	assert.Equal(t, domain.FaseRecibido, p.Fase())
	assert.Equal(t, domain.Pendiente, p.Estado())
}

func TestNewPedido_el_total_es_la_suma_de_las_lineas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := map[int64]domain.Articulo{}
		var pedidas []domain.LineaPedida
		for id := range int64(rapid.IntRange(1, 20).Draw(t, "products")) {
			c[id+1] = articulo(id+1, money.Amount(rapid.Int64Range(0, int64(money.Max)).Draw(t, "price")))
			pedidas = append(pedidas, domain.LineaPedida{ProductoID: id + 1, Cantidad: rapid.Int64Range(1, domain.MaxCantidad).
				Draw(t, "units")})
		}
		p, err := nuevo(pedidas, c)
		if err != nil {
			require.ErrorIs(t, err, fault.ErrInvalid, "only a total that is too large is refused")
			return
		}
		var total int64
		for _, l := range p.Lineas() {
			require.EqualValues(t, int64(l.Precio)*l.Cantidad, l.Subtotal)
			total += int64(l.Subtotal)
		}
		require.EqualValues(t, total, p.Total())
		require.True(t, p.Total().Valid())
	})
}

func TestNewPedido_rechaza(t *testing.T) {
	t.Parallel()
	precio := money.Amount(1500)
	retirado, dolares := articulo(1, 1999), articulo(2, 5)
	retirado.EnVenta = false
	dolares.Moneda = "USD"
	for name, c := range map[string]struct {
		lineas   []domain.LineaPedida
		catalogo map[int64]domain.Articulo
		want     error
	}{
		"sin_lineas":    {nil, nil, fault.ErrInvalid},
		"cero_unidades": {[]domain.LineaPedida{{ProductoID: 1}}, catalogo(articulo(1, 1)), fault.ErrInvalid},
		"negativas":     {[]domain.LineaPedida{{ProductoID: 1, Cantidad: -1}}, catalogo(articulo(1, 1)), fault.ErrInvalid},
		"demasiadas": {[]domain.LineaPedida{{ProductoID: 1, Cantidad: domain.MaxCantidad + 1}}, catalogo(articulo(1, 1)),
			fault.ErrInvalid},
		"la_suma_desborda": {[]domain.LineaPedida{{ProductoID: 1, Cantidad: domain.MaxCantidad},
			{ProductoID: 1, Cantidad: math.MaxInt64}}, catalogo(articulo(1, 1)), fault.ErrInvalid},
		"total_desborda": {[]domain.LineaPedida{{ProductoID: 1, Cantidad: 2}}, catalogo(articulo(1, money.Max)), fault.ErrInvalid},
		"dos_precios": {[]domain.LineaPedida{{ProductoID: 1, Cantidad: 1, PrecioEsperado: &precio},
			{ProductoID: 1, Cantidad: 1, PrecioEsperado: new(money.Amount(1))}}, catalogo(articulo(1, 1)), fault.ErrInvalid},
		"101_lineas": {slices.Repeat([]domain.LineaPedida{{ProductoID: 1, Cantidad: 1}}, 101), catalogo(articulo(1, 1)),
			fault.ErrInvalid},
		"no_existe": {[]domain.LineaPedida{{ProductoID: 9, Cantidad: 1}}, catalogo(articulo(1, 1)), domain.ErrProductoNoExiste},
		"borrador": {[]domain.LineaPedida{{ProductoID: 1, Cantidad: 1}}, catalogo(domain.Articulo{ID: 1, Oculto: true}),
			domain.ErrProductoNoExiste},
		"retirado": {[]domain.LineaPedida{{ProductoID: 1, Cantidad: 1}}, catalogo(retirado), domain.ErrProductoNoDisponible},
		"precio_cambiado": {[]domain.LineaPedida{{ProductoID: 1, Cantidad: 1, PrecioEsperado: &precio}}, catalogo(articulo(1, 1999)),
			domain.ErrPrecioCambiado},
		"monedas_mezcladas": {[]domain.LineaPedida{{ProductoID: 1, Cantidad: 1}, {ProductoID: 2, Cantidad: 1}},
			catalogo(articulo(1, 1), dolares), domain.ErrMonedasMezcladas},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := nuevo(c.lineas, c.catalogo)
			require.ErrorIs(t, err, c.want)
			assert.Nil(t, p)
		})
	}
}

func TestSumarLineas_dice_todos_los_campos_malos(t *testing.T) {
	t.Parallel()
	_, err := domain.SumarLineas([]domain.LineaPedida{{ProductoID: 0, Cantidad: 1, Campo: "lineas[0]."},
		{ProductoID: 2, Campo: "lineas[1]."}})
	var campos []string
	for _, f := range fault.From(err).Fields {
		campos = append(campos, f.Campo)
	}
	assert.Equal(t, []string{"lineas[0].producto_id", "lineas[1].cantidad"}, campos)
}

// TestNewPedido_nombra_lo_que_escribio_el_cliente: refusals name the lines as they were before they were summed and sorted, and
// no field that was not sent.
func TestNewPedido_nombra_lo_que_escribio_el_cliente(t *testing.T) {
	t.Parallel()
	euros, libras := money.Currency("EUR"), money.Currency("GBP")
	barato := money.Amount(1)
	retirado, dolares := articulo(3, 100), articulo(4, 100)
	retirado.EnVenta = false
	dolares.Moneda = "USD"
	c := catalogo(articulo(1, 1999), articulo(2, money.Max), retirado, dolares)
	linea := func(producto, cantidad int64, campo string) domain.LineaPedida {
		return domain.LineaPedida{ProductoID: producto, Cantidad: cantidad, Campo: campo}
	}
	for name, x := range map[string]struct {
		lineas []domain.LineaPedida
		campos []string
	}{
		"no_existe": {[]domain.LineaPedida{linea(9, 1, "lineas[0]."), linea(1, 1, "lineas[1]."), linea(9, 1, "lineas[2].")},
			[]string{"lineas[0].producto_id", "lineas[2].producto_id"}},
		"no_existe_corta": {[]domain.LineaPedida{linea(9, 1, "")}, []string{"producto_id"}},
		"retirado": {[]domain.LineaPedida{linea(4, 1, "lineas[0]."), linea(3, 1, "lineas[1].")},
			[]string{"lineas[1].producto_id"}},
		"total": {[]domain.LineaPedida{linea(2, 2, "lineas[0]."), linea(1, 1, "lineas[1].")},
			[]string{"lineas[0].cantidad"}},
		"total_corta": {[]domain.LineaPedida{linea(2, 2, "")}, []string{"cantidad"}},
		"monedas": {[]domain.LineaPedida{linea(4, 1, "lineas[0]."), linea(1, 1, "lineas[1].")},
			[]string{"lineas[1].producto_id"}},
		"suma": {[]domain.LineaPedida{linea(1, domain.MaxCantidad, "lineas[0]."), linea(1, 1, "lineas[1].")},
			[]string{"lineas[1].cantidad"}},
		"dos_monedas": {[]domain.LineaPedida{{ProductoID: 1, Cantidad: 1, MonedaEsperada: &euros},
			{ProductoID: 1, Cantidad: 1, MonedaEsperada: &libras, Campo: "lineas[1]."}}, []string{"lineas[1].moneda_esperada"}},
		"precio": {[]domain.LineaPedida{linea(1, 1, "lineas[0]."),
			{ProductoID: 1, Cantidad: 1, PrecioEsperado: &barato, Campo: "lineas[1]."}}, []string{"lineas[1].precio_esperado"}},
		"moneda_corta": {[]domain.LineaPedida{{ProductoID: 1, Cantidad: 1, MonedaEsperada: &libras}},
			[]string{"moneda_esperada"}},
		"precio_y_moneda": {[]domain.LineaPedida{{ProductoID: 1, Cantidad: 1, PrecioEsperado: &barato, MonedaEsperada: &libras}},
			[]string{"precio_esperado", "moneda_esperada"}},
		"moneda_sola_difiere": {[]domain.LineaPedida{{ProductoID: 1, Cantidad: 1, PrecioEsperado: new(money.Amount(1999)),
			MonedaEsperada: &libras}}, []string{"moneda_esperada"}},
	} {
		_, err := nuevo(x.lineas, c)
		var campos []string
		for _, f := range fault.From(err).Fields {
			campos = append(campos, f.Campo)
		}
		assert.Equal(t, x.campos, campos, name)
	}
	_, err := nuevo([]domain.LineaPedida{{ProductoID: 1, Cantidad: 1, MonedaEsperada: &libras}}, c)
	require.ErrorIs(t, err, domain.ErrPrecioCambiado, "10 GBP are not 10 EUR")
	assert.Equal(t, []map[string]any{{
		"producto_id": int64(1), "precio": money.Amount(1999), "moneda": euros, "precio_esperado": (*money.Amount)(nil),
		"moneda_esperada": &libras,
	}}, fault.From(err).Extra["lineas"])
	_, err = nuevo([]domain.LineaPedida{{ProductoID: 1, Cantidad: 1, MonedaEsperada: &euros}}, c)
	assert.NoError(t, err)
}

// en builds an order in the phase wanted.
func en(t testing.TB, fase domain.Fase) *domain.Pedido {
	t.Helper()
	i := domain.RegistroPedido{
		Negocio: domain.Negocio{
			ID: 1, UsuarioID: 7, ReservaID: "r", Moneda: "EUR", Total: 1, Fase: fase, Version: 3,
			Lineas:   []domain.Linea{{ProductoID: 1, Nombre: "P", Precio: 1, Cantidad: 1, Subtotal: 1}},
			CreadoEn: ahora, ActualizadoEn: ahora,
		},
		Encargo: domain.Encargo{Revision: 5, RevisarEn: ahora},
	}
	if fase == domain.FaseCancelado || fase == domain.FaseCancelando {
		i.Motivo = domain.MotivoUsuario
	}
	p, err := domain.RehidratarPedido(i)
	require.NoError(t, err)
	return p
}

// TestPedido_tabla_de_transiciones tries every method from every phase: it leads to the phase wanted, or is refused and
// changes nothing.
func TestPedido_tabla_de_transiciones(t *testing.T) {
	t.Parallel()
	const refused = domain.Fase("")
	later := ahora.Add(time.Second)
	methods := map[string]func(*domain.Pedido) error{
		"Reservar":         func(p *domain.Pedido) error { return p.Reservar(later) },
		"RechazarSinStock": func(p *domain.Pedido) error { return p.RechazarSinStock(nil, false, later, later) },
		"RechazarYCerrar":  func(p *domain.Pedido) error { return p.RechazarSinStock(nil, true, later, later) },
		"Cancelar": func(p *domain.Pedido) error {
			return p.Cancelar(domain.Decision{Motivo: domain.MotivoSoporte}, later, later)
		},
		"CancelarSistema": func(p *domain.Pedido) error {
			return p.Cancelar(domain.Decision{Motivo: domain.MotivoSistema}, later, later)
		},
		"Completar":   func(p *domain.Pedido) error { return p.Completar(domain.Decision{}, later, later) },
		"Liberado":    func(p *domain.Pedido) error { return p.Liberado(later) },
		"Consumido":   func(p *domain.Pedido) error { return p.Consumido(later) },
		"YaConsumido": func(p *domain.Pedido) error { return p.YaConsumido(later) },
		"Aceptar":     func(p *domain.Pedido) error { return p.Aceptar(domain.Decision{}, "", later) },
		"CancelarUsuario": func(p *domain.Pedido) error {
			return p.Cancelar(domain.Decision{Motivo: domain.MotivoUsuario}, later, later)
		},
	}
	const (
		rec, res, ace, com, can = domain.FaseRecibido, domain.FaseReservado, domain.FaseAceptado, domain.FaseCompletando,
			domain.FaseCancelando
		completado, anul = domain.FaseCompletado, domain.FaseCancelado
	)
	table := map[domain.Fase]map[string]domain.Fase{
		rec: {"Reservar": res, "RechazarSinStock": anul, "RechazarYCerrar": can, "Cancelar": can, "CancelarUsuario": can,
			"CancelarSistema": can},
		res: {"Reservar": res, "Aceptar": ace, "Cancelar": can, "CancelarUsuario": can, "CancelarSistema": can,
			"Completar": com},
		ace: {"Aceptar": ace, "Cancelar": can, "CancelarSistema": can, "Completar": com},
		com: {"CancelarSistema": can, "Completar": com, "Consumido": completado},
		can: {"Cancelar": can, "CancelarUsuario": can, "CancelarSistema": can, "Liberado": anul,
			"YaConsumido": completado},
		completado: {"Completar": completado, "Consumido": completado},
		anul:       {"Cancelar": anul, "CancelarUsuario": anul, "CancelarSistema": anul, "Liberado": anul},
	}
	require.Len(t, table, len(domain.Fases))
	for from, row := range table {
		for name, method := range methods {
			want := row[name]
			p := en(t, from)
			before := p.Registro()
			err := method(p)
			switch want {
			case refused:
				require.ErrorIs(t, err, domain.ErrTransicionIlegal, "%s from %s", name, from)
				assert.Equal(t, before, p.Registro(), "%s from %s changed something", name, from)
			case from:
				require.NoError(t, err, "%s from %s", name, from)
				assert.Equal(t, before, p.Registro(), "%s from %s is no no-op", name, from)
				assert.False(t, p.Cambiado())
			default:
				require.NoError(t, err, "%s from %s", name, from)
				assert.Equal(t, want, p.Fase(), "%s from %s", name, from)
				assert.Equal(t, before.Version+1, p.Version())
				assert.Equal(t, later, p.ActualizadoEn())
				assert.True(t, p.Cambiado())
			}
			if p.Fase().Final() && err == nil && want != from {
				assert.True(t, p.RevisarEn().IsZero(), "a final order is no work for the reconciler")
			}
		}
	}
}

func TestPedido_la_primera_razon_queda(t *testing.T) {
	t.Parallel()
	p := en(t, domain.FaseReservado)
	require.NoError(t, p.Cancelar(domain.Decision{Motivo: domain.MotivoUsuario, Nota: "una"}, ahora, ahora))
	require.NoError(t, p.Cancelar(domain.Decision{Motivo: domain.MotivoSoporte, Nota: "otra"}, ahora, ahora))
	assert.Equal(t, domain.MotivoUsuario, p.Motivo())
	assert.Equal(t, "una", p.Nota())
}

func TestPedido_reposo_y_caducidad(t *testing.T) {
	t.Parallel()
	p, err := nuevo([]domain.LineaPedida{{ProductoID: 1, Cantidad: 1}}, catalogo(articulo(1, 1)))
	require.NoError(t, err)
	assert.True(t, p.Vencido(ahora.Add(2*time.Hour)), "a client who never asks again holds no order open")
	require.NoError(t, p.Reservar(ahora))
	assert.Equal(t, p.ExpiraEn(), p.RevisarEn())
	assert.False(t, p.Vencido(p.ExpiraEn().Add(-time.Microsecond)))
	assert.True(t, p.Vencido(p.ExpiraEn()))

	before := p.Registro()
	p.Aplazar("", ahora, ahora)
	assert.Equal(t, before, p.Registro(), "an order at rest is not put off")
	require.NoError(t, p.Completar(domain.Decision{}, ahora, ahora))
	p.Aplazar("", ahora, ahora.Add(time.Second))
	assert.Equal(t, 1, p.Intentos())
}

func TestPedido_aceptado_no_caduca(t *testing.T) {
	t.Parallel()
	p, err := nuevo([]domain.LineaPedida{{ProductoID: 1, Cantidad: 1}}, catalogo(articulo(1, 1)))
	require.NoError(t, err)
	require.NoError(t, p.Reservar(ahora))
	require.NoError(t, p.Aceptar(domain.Decision{Autor: "usuario 8"}, "pago 1", p.ExpiraEn()))
	assert.Equal(t, domain.Pendiente, p.Estado())
	assert.True(t, p.ExpiraEn().IsZero())
	assert.True(t, p.RevisarEn().IsZero(), "the reconciler has nothing to do with it")
	assert.False(t, p.Vencido(ahora.Add(24*time.Hour)))
	assert.Equal(t, "pago 1", p.Referencia())
	require.NoError(t, p.Aceptar(domain.Decision{}, "pago 2", ahora))
	assert.Equal(t, "pago 1", p.Referencia(), "the first reference stays")
	require.ErrorIs(t, p.Cancelar(domain.Decision{Motivo: domain.MotivoExpirado}, ahora, ahora), domain.ErrTransicionIlegal)
}

func TestPedido_ExigirVersion(t *testing.T) {
	t.Parallel()
	p := en(t, domain.FaseReservado)
	assert.NoError(t, p.ExigirVersion())
	assert.NoError(t, p.ExigirVersion(1, 3))
	err := p.ExigirVersion(2, 0)
	require.ErrorIs(t, err, fault.ErrPrecondition)
	assert.EqualValues(t, 3, fault.From(err).Extra["version_actual"])
}

func TestRehidratarPedido_no_cree_filas_imposibles(t *testing.T) {
	t.Parallel()
	good := en(t, domain.FaseReservado).Registro()
	_, err := domain.RehidratarPedido(good)
	require.NoError(t, err)
	for name, spoil := range map[string]func(*domain.RegistroPedido){
		"total": func(i *domain.RegistroPedido) { i.Total++ },
		"subtotal": func(i *domain.RegistroPedido) {
			i.Lineas = []domain.Linea{{ProductoID: 1, Precio: 1, Cantidad: 1, Subtotal: 2}}
		},
		"sin_lineas": func(i *domain.RegistroPedido) { i.Lineas, i.Total = nil, 0 },
		"fase":       func(i *domain.RegistroPedido) { i.Fase = "PERDIDO" },
		"motivo":     func(i *domain.RegistroPedido) { i.Motivo = domain.MotivoUsuario },
		"version":    func(i *domain.RegistroPedido) { i.Version = 0 },
		"revision":   func(i *domain.RegistroPedido) { i.Revision = 0 },
	} {
		bad := good
		spoil(&bad)
		_, err := domain.RehidratarPedido(bad)
		assert.Error(t, err, name)
	}
}

func TestSolicitante(t *testing.T) {
	t.Parallel()
	p := en(t, domain.FaseReservado)
	duena, otra := domain.Solicitante{UsuarioID: 7}, domain.Solicitante{UsuarioID: 8}
	lectora := domain.Solicitante{UsuarioID: 9, Alcances: []string{domain.AlcanceLeer}}
	soporte := domain.Solicitante{UsuarioID: 10, Alcances: []string{domain.AlcanceGestionar}}

	assert.NoError(t, duena.PuedeVer(p))
	assert.NoError(t, lectora.PuedeVer(p))
	assert.NoError(t, soporte.PuedeVer(p))
	assert.Equal(t, domain.NoExiste(), otra.PuedeVer(p), "the same as for an id that never was")

	motivo, err := duena.PuedeCancelar(p)
	require.NoError(t, err)
	assert.Equal(t, domain.MotivoUsuario, motivo)
	motivo, err = soporte.PuedeCancelar(p)
	require.NoError(t, err)
	assert.Equal(t, domain.MotivoSoporte, motivo)
	_, err = lectora.PuedeCancelar(p)
	assert.ErrorIs(t, err, fault.ErrForbidden)

	aceptado, gestora := en(t, domain.FaseAceptado), domain.Solicitante{UsuarioID: 7, Alcances: []string{domain.AlcanceGestionar}}
	motivo, err = gestora.PuedeCancelar(aceptado)
	require.NoError(t, err)
	assert.Equal(t, domain.MotivoSoporte, motivo, "staff may cancel an accepted order of their own")
	motivo, err = gestora.PuedeCancelar(p)
	require.NoError(t, err)
	assert.Equal(t, domain.MotivoUsuario, motivo)

	assert.ErrorIs(t, duena.PuedeGestionar(), fault.ErrForbidden)
	assert.NoError(t, soporte.PuedeGestionar())

	_, err = duena.PuedeDecidir(p, domain.Completado)
	assert.ErrorIs(t, err, fault.ErrForbidden)
	_, err = soporte.PuedeDecidir(p, domain.Completado)
	assert.NoError(t, err)
	motivo, err = duena.PuedeDecidir(p, domain.Cancelado)
	require.NoError(t, err)
	assert.Equal(t, domain.MotivoUsuario, motivo)
	_, err = lectora.PuedeDecidir(p, domain.Cancelado)
	assert.ErrorIs(t, err, fault.ErrForbidden)
}
