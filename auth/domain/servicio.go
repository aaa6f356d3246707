package domain

import "time"

// Servicios are the services of the shop: the clients and the audiences of service tokens.
var Servicios = []string{"auth", "productos", "inventario", "pedidos"}

// AlcancesDeServicio are the scopes of a service's token at another service: exactly those that it needs there.
func AlcancesDeServicio(cliente, audiencia string) []string {
	switch {
	case audiencia == "auth" && cliente != "auth":
		return []string{AlcanceRevocacionesLeer}
	case audiencia == "inventario" && cliente == "pedidos":
		return []string{AlcanceInventarioReservar}
	case audiencia == "productos" && (cliente == "pedidos" || cliente == "inventario"):
		return []string{AlcanceProductosLeer}
	default:
		return []string{}
	}
}

// What the tokens say; kit/authn reads them.
const (
	// AudienciaUsuarios is the audience of every user's token.
	AudienciaUsuarios = "tienda"
	// VidaTokenDeServicio is the longest life of a service's token that kit/authn accepts.
	VidaTokenDeServicio = 5 * time.Minute
)

// SujetoDeServicio is the subject of a service's own token.
func SujetoDeServicio(nombre string) string { return "servicio:" + nombre }
