package httpapi

import (
	"slices"

	"github.com/tienda-go/tienda/kit/fault"
	"github.com/tienda-go/tienda/kit/problem"
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/auth/domain"
)

// clienteInvalido has the members of a refusal of RFC 6749, section 5.2, with status 401.
type clienteInvalido struct {
	Error string `json:"error" enum:"invalid_client" doc:"El código de RFC 6749"`
}

// peticionDeTokenInvalida has those of the refusals with status 400. invalid_target is of RFC 8707.
type peticionDeTokenInvalida struct {
	Error   string        `json:"error" enum:"invalid_request,invalid_scope,invalid_target,unsupported_grant_type" doc:"El código de RFC 6749 o RFC 8707"`
	Errores []fault.Field `json:"errores,omitempty" doc:"Cada campo incorrecto"`
}

// problemas has the members of this service's problems beside the standard ones.
func problemas() rest.Problems {
	return rest.Problems{domain.ErrClienteInvalido: clienteInvalido{}, domain.ErrPeticionDeToken: peticionDeTokenInvalida{}}
}

// comoOAuth is a refusal that all operations have as one of RFC 6749: clients of that standard read its `error`.
func comoOAuth(err *fault.Error) error {
	switch err.Kind {
	case fault.ErrInvalid, problem.ErrUnreadable:
		oauth := domain.ErrPeticionDeToken.New("").With("error", codigoOAuth(err.Fields))
		oauth.Detail, oauth.Fields, oauth.Err = err.Detail, err.Fields, err.Err
		return oauth
	case domain.ErrPeticionDeToken:
		return err
	}
	return err.With("error", "invalid_request") // such as 415
}

// codigoOAuth is the `error` for these fields. A request for another grant has fields without a meaning here.
func codigoOAuth(campos []fault.Field) string {
	otro := func(campo string) func(fault.Field) bool {
		return func(f fault.Field) bool { return f.Campo == campo && f.Codigo == "VALOR" }
	}
	switch {
	case slices.ContainsFunc(campos, otro("grant_type")):
		return "unsupported_grant_type"
	case len(campos) == 1 && otro("audience")(campos[0]):
		return "invalid_target"
	}
	return "invalid_request"
}
