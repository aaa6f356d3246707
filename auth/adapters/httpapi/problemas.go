package httpapi

import (
	"github.com/tienda-go/tienda/kit/httpserver"

	"github.com/tienda-go/tienda/auth/domain"
)

// errorDeOAuth is what RFC 6749, section 5.2, asks of a refusal.
type errorDeOAuth struct {
	Error string `json:"error" doc:"El código de RFC 6749" example:"invalid_client"`
}

// problemas says what the problems of this service have beside the standard members.
func problemas() httpserver.Problems {
	return httpserver.Problems{domain.ErrClienteInvalido: errorDeOAuth{}, domain.ErrPeticionDeToken: errorDeOAuth{}}
}
