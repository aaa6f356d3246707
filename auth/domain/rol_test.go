package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/auth/domain"
)

// The table "Who may do what" of docs/api_reference.md.
func TestRol_Alcances(t *testing.T) {
	t.Parallel()
	const cliente = "perfil pedidos:propios inventario:consultar"
	tabla := map[domain.Rol]string{
		domain.RolCliente:  cliente,
		domain.RolCatalogo: cliente + " productos:escribir",
		domain.RolAlmacen:  cliente + " inventario:leer inventario:escribir",
		domain.RolSoporte:  cliente + " pedidos:leer pedidos:gestionar usuarios:leer",
		domain.RolAdmin: cliente + " productos:escribir inventario:leer inventario:escribir pedidos:leer pedidos:gestionar" +
			" usuarios:leer usuarios:gestionar",
	}
	assert.Len(t, domain.Roles, len(tabla))
	for rol, alcances := range tabla {
		assert.True(t, rol.Valido())
		assert.ElementsMatch(t, strings.Fields(alcances), rol.Alcances(), rol)
	}
	assert.False(t, domain.Rol("").Valido())
	assert.False(t, domain.Rol("Admin").Valido())
}

func TestRol_Alcances_son_de_quien_los_pide(t *testing.T) {
	t.Parallel()
	domain.RolCliente.Alcances()[0] = "usuarios:gestionar"
	assert.Equal(t, "perfil", domain.RolCliente.Alcances()[0])
	_ = append(domain.RolCliente.Alcances(), "usuarios:gestionar")
	assert.NotContains(t, domain.RolCatalogo.Alcances(), "usuarios:gestionar")
}

func TestAlcancesDeServicio(t *testing.T) {
	t.Parallel()
	tabla := map[string]string{
		"pedidos inventario": "inventario:reservar", "pedidos productos": "productos:leer", "inventario productos": "productos:leer",
		"pedidos auth": "revocaciones:leer", "inventario auth": "revocaciones:leer", "productos auth": "revocaciones:leer",
	}
	for _, cliente := range domain.Servicios {
		for _, audiencia := range domain.Servicios {
			assert.Equal(t, strings.Fields(tabla[cliente+" "+audiencia]), domain.AlcancesDeServicio(cliente, audiencia), "%s at %s",
				cliente, audiencia)
		}
	}
}
