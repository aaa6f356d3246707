package portstest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
)

// IntentosSuite tests how a storage counts guesses of passwords.
func IntentosSuite(t *testing.T, nuevo Nuevo) {
	correr(t, nuevo, casos{
		"veinte_por_cuenta_y_direccion":                veintePorCuentaYDireccion,
		"sesenta_por_direccion_y_cien_por_cuenta":      sesentaYCien,
		"de_muchos_a_la_vez_se_miran_los_que_tocan":    intentosALaVez,
		"la_duena_entra_donde_entro_antes":             duenaConocida,
		"se_recuerdan_veinte_direcciones_noventa_dias": recordarYOlvidar,
		"perdonar_olvida_los_de_una_cuenta":            perdonar,
	})
}

func ambitos(cuenta, red string) domain.Ambitos {
	return domain.Ambitos{CuentaYRed: cuenta + "/" + red, Cuenta: cuenta, Red: red}
}

func reservado(t *testing.T, a Almacen, de domain.Ambitos, cuando time.Time) int64 {
	t.Helper()
	intento, err := a.Reservar(t.Context(), de, cuando)
	require.NoError(t, err)
	return intento
}

// agotarCuenta makes all allowed guesses for one account, each from another address.
func agotarCuenta(t *testing.T, a Almacen, cuenta string, cuando time.Time) {
	t.Helper()
	for i := range domain.MaxIntentosCuenta {
		reservado(t, a, ambitos(cuenta, fmt.Sprintf("198.51.100.%d", i)), cuando)
	}
}

// rechazado returns how long the client must wait before the next guess.
func rechazado(t *testing.T, a Almacen, de domain.Ambitos, cuando time.Time) time.Duration {
	t.Helper()
	_, err := a.Reservar(t.Context(), de, cuando)
	require.ErrorIs(t, err, domain.ErrIntentos)
	require.ErrorIs(t, permitido(t, a, de, cuando), domain.ErrIntentos)
	return fault.From(err).RetryAfter
}

func veintePorCuentaYDireccion(t *testing.T, a Almacen) {
	uno := ambitos("ana", "192.0.2.1")
	for i := range domain.MaxIntentos {
		reservado(t, a, uno, Ahora.Add(time.Duration(i)*time.Second))
	}
	luego := Ahora.Add(time.Minute)
	assert.Equal(t, 14*time.Minute, rechazado(t, a, uno, luego), "when the oldest no longer counts")
	otro := reservado(t, a, ambitos("ana", "192.0.2.2"), luego)
	require.NoError(t, a.Acertar(t.Context(), otro, ambitos("ana", "192.0.2.2"), luego))

	tarde := Ahora.Add(domain.VentanaIntentos)
	reservado(t, a, uno, tarde)
	rechazado(t, a, uno, tarde) // one more guess for each one that no longer counts
	require.NoError(t, a.Olvidar(t.Context(), tarde.Add(domain.VentanaIntentos)))
	reservado(t, a, uno, tarde)
}

func sesentaYCien(t *testing.T, a Almacen) {
	for i := range domain.MaxIntentosRed {
		reservado(t, a, ambitos(fmt.Sprintf("cuenta %d", i), "192.0.2.1"), Ahora)
	}
	rechazado(t, a, ambitos("otra mas", "192.0.2.1"), Ahora)
	reservado(t, a, ambitos("otra mas", "192.0.2.2"), Ahora)
	agotarCuenta(t, a, "ana", Ahora)
	rechazado(t, a, ambitos("ana", "203.0.113.1"), Ahora)
	reservado(t, a, ambitos("berta", "203.0.113.1"), Ahora)
	assert.Equal(t, domain.VentanaIntentos, rechazado(t, a, ambitos("ana", "203.0.113.1"), Ahora))
}

func intentosALaVez(t *testing.T, a Almacen) {
	for _, c := range []struct {
		limite int
		de     func(i int) domain.Ambitos
	}{
		{domain.MaxIntentos, func(int) domain.Ambitos { return ambitos("una", "192.0.2.9") }},
		{domain.MaxIntentosRed, func(i int) domain.Ambitos { return ambitos(fmt.Sprintf("otra %d", i), "192.0.2.1") }},
		{domain.MaxIntentosCuenta, func(i int) domain.Ambitos { return ambitos("ana", fmt.Sprintf("red %d", i)) }},
	} {
		errs := aLaVez(c.limite+40, func(i int) error { _, err := a.Reservar(t.Context(), c.de(i), Ahora); return err })
		assert.Equal(t, c.limite, lograron(t, errs, domain.ErrIntentos))
	}
}

func duenaConocida(t *testing.T, a Almacen) {
	casa := ambitos("ana", "192.0.2.1")
	require.NoError(t, a.Acertar(t.Context(), 0, casa, Ahora))
	agotarCuenta(t, a, "ana", Ahora)
	for i := range domain.MaxIntentosRed {
		reservado(t, a, ambitos(fmt.Sprintf("cuenta %d", i), "192.0.2.1"), Ahora)
	}
	rechazado(t, a, ambitos("ana", "192.0.2.2"), Ahora)
	rechazado(t, a, ambitos("berta", "192.0.2.1"), Ahora)
	for range domain.MaxIntentos {
		reservado(t, a, casa, Ahora)
	}
	rechazado(t, a, casa, Ahora) // the owner's own wrong guesses there always count
}

func recordarYOlvidar(t *testing.T, a Almacen) {
	for i := range domain.MaxConocidas + 1 {
		require.NoError(t, a.Acertar(t.Context(), 0, ambitos("ana", fmt.Sprintf("192.0.2.%d", i)),
			Ahora.Add(time.Duration(i)*time.Minute)))
	}
	cuando := Ahora.Add(time.Hour)
	agotarCuenta(t, a, "ana", cuando)
	rechazado(t, a, ambitos("ana", "192.0.2.0"), cuando) // the address that was unused for longest
	require.NoError(t, permitido(t, a, ambitos("ana", "192.0.2.1"), cuando))
	require.NoError(t, permitido(t, a, ambitos("ana", fmt.Sprintf("192.0.2.%d", domain.MaxConocidas)), cuando))
	luego := Ahora.Add(domain.VidaConocida + time.Minute)
	require.NoError(t, a.Olvidar(t.Context(), luego))
	agotarCuenta(t, a, "ana", luego)
	rechazado(t, a, ambitos("ana", "192.0.2.1"), luego)
	require.NoError(t, permitido(t, a, ambitos("ana", "192.0.2.2"), luego))
}

func perdonar(t *testing.T, a Almacen) {
	una, otra := ambitos("ana", "192.0.2.1"), ambitos("berta", "192.0.2.2")
	for _, de := range []domain.Ambitos{una, otra} {
		for range domain.MaxIntentos {
			reservado(t, a, de, Ahora)
		}
		require.ErrorIs(t, permitido(t, a, de, Ahora), domain.ErrIntentos)
	}
	require.NoError(t, a.Perdonar(t.Context(), domain.Ambitos{Cuenta: "ana"}))
	require.NoError(t, permitido(t, a, una, Ahora))
	require.ErrorIs(t, permitido(t, a, otra, Ahora), domain.ErrIntentos)
}

// permitido returns the error of Permitir.
func permitido(t *testing.T, a Almacen, de domain.Ambitos, cuando time.Time) error {
	t.Helper()
	_, err := a.Permitir(t.Context(), de, cuando)
	return err
}
