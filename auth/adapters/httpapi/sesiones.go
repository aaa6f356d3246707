package httpapi

import (
	"context"
	"time"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/domain"
)

// Usuario is an account as its owner sees it.
type Usuario struct {
	ID       int64     `json:"id"`
	Username string    `json:"username"`
	Email    string    `json:"email"`
	Rol      Rol       `json:"rol"`
	CreadoEn time.Time `json:"creado_en"`
}

func aRespuesta(u *domain.Usuario) Usuario {
	return Usuario{ID: u.ID(), Username: u.Nombre(), Email: u.Email(), Rol: Rol(u.Rol()), CreadoEn: u.CreadoEn()}
}

// Tokens is what a login or a refresh answers.
type Tokens struct {
	AccessToken  string `json:"access_token" doc:"Para la cabecera Authorization: Bearer"`
	TokenType    string `json:"token_type" enum:"bearer"`
	ExpiresIn    int64  `json:"expires_in" doc:"Segundos de vida del access_token"`
	RefreshToken string `json:"refresh_token" doc:"Sirve una vez, en POST /refresh"`
}

type parSalida struct {
	CacheControl string `header:"Cache-Control"`
	Body         Tokens
}

func conPar(t app.Tokens, err error) (*parSalida, error) {
	if err != nil {
		return nil, err
	}
	return &parSalida{CacheControl: "no-store", Body: Tokens{
		AccessToken: t.Acceso, TokenType: "bearer", ExpiresIn: int64(t.Vida.Seconds()), RefreshToken: t.Refresco,
	}}, nil
}

type usuarioSalida struct{ Body Usuario }

func conUsuario(u *domain.Usuario, err error) (*usuarioSalida, error) {
	if err != nil {
		return nil, err
	}
	return &usuarioSalida{Body: aRespuesta(u)}, nil
}

// NuevoUsuario is the body of POST /register.
type NuevoUsuario struct {
	Username string `json:"username" doc:"De 3 a 40 caracteres entre a-z, 0-9, punto, guion y guion bajo" example:"lucia"`
	Email    string `json:"email" example:"lucia@example.com"`
	Password string `json:"password" format:"password" doc:"De 8 a 256 caracteres; no una de las comunes" example:"tres palabras juntas"`
}

type registrarEntrada struct {
	rest.RemoteAddress
	Body NuevoUsuario
}

func (h handler) registrar(ctx context.Context, in *registrarEntrada) (*usuarioSalida, error) {
	alta := domain.Alta{Nombre: in.Body.Username, Email: in.Body.Email, Contrasena: in.Body.Password}
	return conUsuario(h.servicio.Registrar(ctx, alta, in.Network()))
}

// Credenciales is the body of POST /login. It has no lengths: a login of any length gets the same 401.
type Credenciales struct {
	Username string `json:"username" doc:"El nombre o el correo" example:"lucia"`
	Password string `json:"password" format:"password" example:"tres palabras juntas"`
}

type entrarEntrada struct {
	rest.RemoteAddress
	Body Credenciales
}

func (h handler) entrar(ctx context.Context, in *entrarEntrada) (*parSalida, error) {
	return conPar(h.servicio.Entrar(ctx, app.Credenciales{
		NombreOEmail: in.Body.Username, Contrasena: in.Body.Password, Direccion: in.Address(), Red: in.Network(),
	}))
}

// TokenDeRefresco is the body of POST /refresh and POST /logout.
type TokenDeRefresco struct {
	RefreshToken string `json:"refresh_token" example:"el refresh_token de POST /login"`
}

type refrescoEntrada struct{ Body TokenDeRefresco }

func (h handler) refrescar(ctx context.Context, in *refrescoEntrada) (*parSalida, error) {
	return conPar(h.servicio.Refrescar(ctx, in.Body.RefreshToken))
}

func (h handler) salir(ctx context.Context, in *refrescoEntrada) (*struct{}, error) {
	return nil, h.servicio.Salir(ctx, in.Body.RefreshToken)
}
