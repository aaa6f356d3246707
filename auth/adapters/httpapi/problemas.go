package httpapi

import (
	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/auth/domain"
)

// errorDeOAuth has the members of a refusal of RFC 6749, section 5.2.
type errorDeOAuth struct {
	Error string `json:"error" doc:"El código de RFC 6749" example:"invalid_client"`
}

// problemas has the members of this service's problems beside the standard ones.
func problemas() rest.Problems {
	return rest.Problems{domain.ErrClienteInvalido: errorDeOAuth{}, domain.ErrPeticionDeToken: errorDeOAuth{}}
}
