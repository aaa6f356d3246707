package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/domain"
	"github.com/tienda-go/tienda/auth/ports"
)

// Cuenta is an account as an administrator sees it.
type Cuenta struct {
	ID       int64     `json:"id"`
	Username string    `json:"username"`
	Email    string    `json:"email"`
	Rol      Rol       `json:"rol"`
	Activo   bool      `json:"activo" doc:"false: no puede entrar, y sus sesiones han terminado"`
	CreadoEn time.Time `json:"creado_en"`
}

func aCuenta(u *domain.Usuario) Cuenta {
	return Cuenta{ID: u.ID(), Username: u.Nombre(), Email: u.Email(), Rol: Rol(u.Rol()), Activo: u.Activo(), CreadoEn: u.CreadoEn()}
}

func (h handler) registrarUsuarios(api huma.API) {
	tags, leer := []string{"Usuarios"}, rest.Scopes(domain.AlcanceUsuariosLeer)
	huma.Register(api, huma.Operation{
		OperationID: "listarUsuarios", Method: http.MethodGet, Path: "/usuarios", Tags: tags, Security: leer,
		Summary: "Listar las cuentas", Description: "Por id ascendente. La cabecera Link lleva a la página siguiente.",
		Metadata: rest.Visible(h.puede),
	}, h.listarUsuarios)
	huma.Register(api, huma.Operation{
		OperationID: "obtenerUsuario", Method: http.MethodGet, Path: "/usuarios/{id}", Tags: tags, Security: leer,
		Summary: "Obtener una cuenta", Description: "Con su rol, y si puede entrar.",
		Metadata: rest.Visible(h.puede, domain.ErrUsuarioDesconocido),
	}, h.obtenerUsuario)
	huma.Register(api, huma.Operation{
		OperationID: "cambiarUsuario", Method: http.MethodPatch, Path: "/usuarios/{id}", Tags: tags,
		Security: rest.Scopes(domain.AlcanceUsuariosGestionar), Summary: "Cambiar el rol de una cuenta, cerrarla o abrirla",
		Description: "Cerrarla termina sus sesiones. En todos los servicios se nota en menos de un minuto. " +
			"Siempre queda un administrador: 409 ULTIMO_ADMIN.",
		Metadata: rest.Visible(h.puede, domain.ErrUsuarioDesconocido, domain.ErrUltimoAdmin),
	}, h.cambiarUsuario)
}

type listarUsuariosSalida struct {
	Link string `header:"Link" doc:"La página siguiente, si hay más"`
	Body []Cuenta
}

type listarUsuariosEntrada struct {
	rest.Page
	Username string `query:"username" maxLength:"254" doc:"Solo la cuenta de este nombre, exacto"`
	Email    string `query:"email" maxLength:"254" doc:"Solo la cuenta de este correo, exacto"`
}

func (h handler) listarUsuarios(ctx context.Context, in *listarUsuariosEntrada) (*listarUsuariosSalida, error) {
	usuarios, err := h.servicio.ListarUsuarios(ctx, solicitante(ctx), ports.Filtro{
		Nombre: domain.NormalizarNombre(in.Username), Email: domain.NormalizarIdentificador(in.Email),
		DespuesDe: in.After(), Limite: in.Limite + 1,
	})
	if err != nil {
		return nil, err
	}
	pagina, link := rest.PageOf(&in.Page, usuarios, (*domain.Usuario).ID)
	return &listarUsuariosSalida{Link: link, Body: rest.List(pagina, aCuenta)}, nil
}

type cuentaSalida struct{ Body Cuenta }

func conCuenta(u *domain.Usuario, err error) (*cuentaSalida, error) {
	if err != nil {
		return nil, err
	}
	return &cuentaSalida{Body: aCuenta(u)}, nil
}

type obtenerUsuarioEntrada struct {
	ID int64 `path:"id" minimum:"1" example:"2"`
}

func (h handler) obtenerUsuario(ctx context.Context, in *obtenerUsuarioEntrada) (*cuentaSalida, error) {
	return conCuenta(h.servicio.ObtenerUsuario(ctx, solicitante(ctx), in.ID))
}

// CambiosDeUsuario is the body of PATCH /usuarios/{id}.
type CambiosDeUsuario struct {
	Rol    rest.Optional[Rol]  `json:"rol,omitempty" example:"cliente"`
	Activo rest.Optional[bool] `json:"activo,omitempty" doc:"false cierra la cuenta" example:"true"`
}

type cambiarUsuarioEntrada struct {
	rest.RemoteAddress
	ID   int64 `path:"id" minimum:"1" example:"2"`
	Body CambiosDeUsuario
}

func (h handler) cambiarUsuario(ctx context.Context, in *cambiarUsuarioEntrada) (*cuentaSalida, error) {
	c := app.CambiarUsuario{ID: in.ID, Activo: in.Body.Activo.Pointer()}
	if in.Body.Rol.Set {
		c.Rol = new(domain.Rol(in.Body.Rol.Value))
	}
	return conCuenta(h.servicio.CambiarUsuario(ctx, solicitanteDesde(ctx, in.RemoteAddress), c))
}
