// Package httpapi serves the use cases of auth over HTTP: routes, their OpenAPI description, and the conversion between JSON and
// the types of app.
package httpapi

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// Emisor is the issuer of tokens, for its metadata.
type Emisor string

type handler struct {
	servicio *app.Servicio
	llaves   ports.Llaves
	emisor   Emisor
}

// New is the server of auth. o has what differs between a process and a test; New fills in its names.
func New(o httpserver.Options, servicio *app.Servicio, llaves ports.Llaves, emisor Emisor) *httpserver.Server {
	o.Service = "auth"
	o.Title = "Auth"
	o.Description = "Usuarios, sesiones y tokens de la tienda. El access_token de POST /login sirve en los cuatro servicios."
	o.Version = "0.1.0"
	o.Tags = []*huma.Tag{
		{Name: "Sesiones", Description: "Abrir una cuenta, entrar y salir"},
		{Name: "Perfil", Description: "La cuenta propia"},
		{Name: "Usuarios", Description: "Las cuentas de todos"},
		{Name: "Tokens", Description: "Los tokens de los servicios y las claves que los verifican"},
	}
	o.Problems = problemas()
	s := httpserver.New(o)
	h := handler{servicio, llaves, emisor}
	h.registrarSesiones(s.API())
	h.registrarPerfil(s.API())
	h.registrarTokens(s.API())
	h.registrarRevocaciones(s.API())
	h.registrarUsuarios(s.API())
	h.registrarAuditoria(s.API())
	return s
}

func (h handler) registrarSesiones(api huma.API) {
	tags := []string{"Sesiones"}
	huma.Register(api, huma.Operation{
		OperationID: "registrarUsuario", Method: http.MethodPost, Path: "/register", Tags: tags, Security: rest.NoToken,
		DefaultStatus: http.StatusCreated, Summary: "Abrir una cuenta de cliente",
		Description: "El nombre se guarda en minúsculas y normalizado; los parecidos son el mismo. " +
			"Desde una misma red se puede abrir un número limitado de cuentas en 24 horas: 429 DEMASIADOS_REGISTROS.",
		Metadata: rest.Faults(domain.ErrUsuarioExiste, domain.ErrRegistros),
	}, h.registrar)
	huma.Register(api, huma.Operation{
		OperationID: "iniciarSesion", Method: http.MethodPost, Path: "/login", Tags: tags, Security: rest.NoToken,
		Summary: "Entrar con usuario o correo y contraseña",
		Description: "El access_token va en Authorization: Bearer, en los cuatro servicios. " +
			rest.NotAsItStands("esa cuenta la abre antes el ejemplo de POST /register"),
		Metadata: rest.Faults(domain.ErrCredenciales, domain.ErrIntentos),
	}, h.entrar)
	huma.Register(api, huma.Operation{
		OperationID: "renovarSesion", Method: http.MethodPost, Path: "/refresh", Tags: tags, Security: rest.NoToken,
		Summary: "Cambiar un token de refresco por un par nuevo",
		Description: "Cada token de refresco sirve una vez. Repetido en 10 segundos recibe el mismo sucesor (dos pestañas, una " +
			"respuesta perdida); más tarde es 401 y la sesión termina, porque alguien más lo tiene. Como mucho 60 veces por minuto " +
			"en cada sesión. " +
			rest.NotAsItStands("ponga el refresh_token que le dio POST /login"),
		Metadata: rest.Faults(domain.ErrSesionTerminada, domain.ErrRefrescos),
	}, h.refrescar)
	huma.Register(api, huma.Operation{
		OperationID: "cerrarSesion", Method: http.MethodPost, Path: "/logout", Tags: tags, Security: rest.NoToken,
		DefaultStatus: http.StatusNoContent, Summary: "Terminar la sesión de un token de refresco",
		Description: "También sus access_token dejan de valer. Se puede repetir.",
	}, h.salir)
}

func (h handler) registrarPerfil(api huma.API) {
	tags, perfil := []string{"Perfil"}, rest.Scopes(domain.AlcancePerfil)
	huma.Register(api, huma.Operation{
		OperationID: "obtenerPerfil", Method: http.MethodGet, Path: "/me", Tags: tags, Security: perfil,
		Summary: "Obtener la cuenta propia", Description: "La del token con el que se pide.",
		Metadata: rest.Visible(h.puede),
	}, h.perfil)
	huma.Register(api, huma.Operation{
		OperationID: "cambiarPerfil", Method: http.MethodPatch, Path: "/me", Tags: tags, Security: perfil,
		Summary: "Cambiar el correo propio", Description: "Pide la contraseña actual y termina las demás sesiones. " +
			rest.NotAsItStands("en `actual` va la contraseña de su propia cuenta"),
		Metadata: rest.Visible(h.puede, domain.ErrContrasenaActual, domain.ErrUsuarioExiste, domain.ErrIntentos),
	}, h.cambiarPerfil)
	huma.Register(api, huma.Operation{
		OperationID: "cambiarContrasena", Method: http.MethodPost, Path: "/me/password", Tags: tags, Security: perfil,
		DefaultStatus: http.StatusOK, Summary: "Cambiar la contraseña propia",
		Description: "Termina todas las sesiones, también ésta; la respuesta trae los tokens de una nueva. " +
			rest.NotAsItStands("en `actual` va la contraseña de su propia cuenta"),
		Metadata: rest.Visible(h.puede, domain.ErrContrasenaActual, domain.ErrIntentos),
	}, h.cambiarContrasena)
}

func (h handler) registrarTokens(api huma.API) {
	tags := []string{"Tokens"}
	huma.Register(api, huma.Operation{
		OperationID: "pedirToken", Method: http.MethodPost, Path: "/token", Tags: tags, Security: rest.NoToken,
		Summary: "Obtener el token de un servicio (client_credentials)",
		Description: "RFC 6749, sección 4.4; el cliente se identifica con HTTP Basic o en el formulario. Una petición que no es " +
			"válida es 400 con su `error` (sección 5.2). " +
			rest.NotAsItStands("el secreto de cada servicio está en su configuración, como PEDIDOS_CLIENT_SECRET"),
		Metadata: rest.Marks(rest.Translated(comoOAuth), rest.Polled(), // every service calls it when its tokens expire
			rest.Faults(domain.ErrClienteInvalido, domain.ErrPeticionDeToken)),
	}, h.pedirToken)
	huma.Register(api, huma.Operation{
		OperationID: "listarClavesPublicas", Method: http.MethodGet, Path: "/.well-known/jwks.json",
		Tags: tags, Security: rest.NoToken, Metadata: rest.Polled(),
		Summary: "Las claves públicas que verifican los tokens (RFC 7517)", Description: "Las cachés las guardan 15 segundos.",
	}, h.claves)
	huma.Register(api, huma.Operation{
		OperationID: "obtenerMetadatos", Method: http.MethodGet, Path: "/.well-known/oauth-authorization-server",
		Tags: tags, Security: rest.NoToken,
		Summary: "Los metadatos del emisor (RFC 8414)", Description: "Dónde están sus operaciones y sus claves.",
	}, h.metadatos)
}
