package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/auth/domain"
)

// The closed lists of the API, under the names that clients read.

// Rol is what an account may do.
type Rol string

// Schema is that of a closed list.
func (Rol) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[Rol](r, domain.RolCliente, domain.RolCatalogo, domain.RolAlmacen, domain.RolSoporte, domain.RolAdmin)
}

// TipoDeHecho is what happened to an account.
type TipoDeHecho string

// Schema is that of a closed list.
func (TipoDeHecho) Schema(r huma.Registry) *huma.Schema {
	return rest.Enum[TipoDeHecho](r, domain.AccesoFallido, domain.Bloqueo, domain.RolCambiado, domain.CuentaSeCierra,
		domain.CuentaSeAbre, domain.ContrasenaCambia, domain.EmailCambiado, domain.ClaveRotada)
}
