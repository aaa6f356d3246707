package domain

import "slices"

// Rol is the role of a user in the shop. Roles exist only in this service; the other services see scopes.
type Rol string

// The roles.
const (
	RolCliente  Rol = "cliente" // every new account
	RolCatalogo Rol = "catalogo"
	RolAlmacen  Rol = "almacen"
	RolSoporte  Rol = "soporte"
	RolAdmin    Rol = "admin"
)

// Roles lists every role.
var Roles = []Rol{RolCliente, RolCatalogo, RolAlmacen, RolSoporte, RolAdmin}

// The scopes of the shop.
const (
	AlcancePerfil              = "perfil"
	AlcancePedidosPropios      = "pedidos:propios"
	AlcancePedidosLeer         = "pedidos:leer"
	AlcancePedidosGestionar    = "pedidos:gestionar"
	AlcanceInventarioConsultar = "inventario:consultar"
	AlcanceInventarioLeer      = "inventario:leer"
	AlcanceInventarioEscribir  = "inventario:escribir"
	AlcanceInventarioReservar  = "inventario:reservar"
	AlcanceProductosLeer       = "productos:leer" // services only
	AlcanceProductosEscribir   = "productos:escribir"
	AlcanceUsuariosLeer        = "usuarios:leer"
	AlcanceUsuariosGestionar   = "usuarios:gestionar"
	AlcanceRevocacionesLeer    = "revocaciones:leer"
)

var (
	deCliente = []string{AlcancePerfil, AlcancePedidosPropios, AlcanceInventarioConsultar}
	anadidos  = map[Rol][]string{
		RolCliente:  nil,
		RolCatalogo: {AlcanceProductosEscribir},
		RolAlmacen:  {AlcanceInventarioLeer, AlcanceInventarioEscribir},
		RolSoporte:  {AlcancePedidosLeer, AlcancePedidosGestionar, AlcanceUsuariosLeer},
	}
)

// Valido reports whether the role exists.
func (r Rol) Valido() bool { return slices.Contains(Roles, r) }

// Tiene reports whether a user of this role holds the scope.
func (r Rol) Tiene(alcance string) bool { return slices.Contains(r.Alcances(), alcance) }

// Alcances are the scopes of a user of this role, including those of a customer.
func (r Rol) Alcances() []string {
	scopes := slices.Clone(deCliente)
	if r != RolAdmin {
		return append(scopes, anadidos[r]...)
	}
	for _, other := range Roles {
		scopes = append(scopes, anadidos[other]...)
	}
	return append(scopes, AlcanceUsuariosGestionar)
}
