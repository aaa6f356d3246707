package httpapi

import (
	"context"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/tienda-go/tienda/kit/rest"

	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/domain"
)

// PeticionDeToken is the body of POST /token.
type PeticionDeToken struct {
	GrantType    string `json:"grant_type" enum:"client_credentials"`
	ClientID     string `json:"client_id,omitempty" example:"pedidos"`
	ClientSecret string `json:"client_secret,omitempty" format:"password" example:"el secreto de ese servicio"`
	Audience     string `json:"audience" enum:"auth,productos,inventario,pedidos" doc:"El servicio al que se llamará" example:"inventario"`
	Scope        string `json:"scope,omitempty" doc:"Permisos separados por espacios; vacío, todos los que el cliente tiene allí" example:"inventario:reservar"`
}

type pedirTokenEntrada struct {
	rest.RemoteAddress
	Authorization string `header:"Authorization" doc:"HTTP Basic con client_id y client_secret, en lugar de enviarlos en el formulario"`

	Body PeticionDeToken `contentType:"application/x-www-form-urlencoded"`
}

// TokenDeServicio is the answer of RFC 6749, section 5.1.
type TokenDeServicio struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type" enum:"Bearer"`
	ExpiresIn   int64  `json:"expires_in" doc:"Segundos"`
	Scope       string `json:"scope"`
}

type concesionSalida struct {
	CacheControl string `header:"Cache-Control"`
	Body         TokenDeServicio
}

func (h handler) pedirToken(ctx context.Context, in *pedirTokenEntrada) (*concesionSalida, error) {
	p := app.PedirToken{Cliente: in.Body.ClientID, Secreto: in.Body.ClientSecret, Audiencia: in.Body.Audience,
		Alcance: in.Body.Scope, Direccion: in.Address()}
	if in.Authorization != "" {
		if p.Cliente != "" || p.Secreto != "" {
			return nil, domain.ErrPeticionDeToken.New("Identifíquese con HTTP Basic o en el formulario, pero no de ambas formas.").
				With("error", "invalid_request")
		}
		var ok bool
		if p.Cliente, p.Secreto, ok = basico(in.Authorization); !ok {
			return nil, domain.ErrClienteInvalido.New("La cabecera Authorization no es HTTP Basic.").With("error", "invalid_client")
		}
	}
	t, err := h.servicio.EmitirTokenDeServicio(ctx, p)
	if err != nil {
		return nil, err
	}
	return &concesionSalida{CacheControl: "no-store", Body: TokenDeServicio{
		AccessToken: t.Acceso, TokenType: "Bearer", ExpiresIn: int64(t.Vida.Seconds()), Scope: t.Alcance,
	}}, nil
}

// basico reads HTTP Basic, both parts form-encoded (RFC 6749, section 2.3.1).
func basico(header string) (id, secret string, ok bool) {
	scheme, encoded, found := strings.Cut(header, " ")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if !found || !strings.EqualFold(scheme, "Basic") || err != nil {
		return "", "", false
	}
	id, secret, ok = strings.Cut(string(raw), ":")
	id, err1 := url.QueryUnescape(id)
	secret, err2 := url.QueryUnescape(secret)
	return id, secret, ok && err1 == nil && err2 == nil
}

// ClavePublica is a public key (RFC 8037).
type ClavePublica struct {
	Kty string `json:"kty" enum:"OKP"`
	Crv string `json:"crv" enum:"Ed25519"`
	Alg string `json:"alg" enum:"EdDSA"`
	Use string `json:"use" enum:"sig"`
	Kid string `json:"kid"`
	X   string `json:"x"`
}

// ClavesPublicas is the set of keys (RFC 7517).
type ClavesPublicas struct {
	Keys []ClavePublica `json:"keys" nullable:"false"`
}

type clavesSalida struct {
	CacheControl string `header:"Cache-Control"`
	Body         ClavesPublicas
}

func (h handler) claves(ctx context.Context, _ *struct{}) (*clavesSalida, error) {
	// A new key signs 30 s after it is published: a cache must have it by then.
	out := &clavesSalida{CacheControl: "public, max-age=15"}
	out.Body.Keys = []ClavePublica{}
	for _, k := range h.llaves.Publicas(ctx) {
		out.Body.Keys = append(out.Body.Keys, ClavePublica{Kty: "OKP", Crv: "Ed25519", Alg: "EdDSA", Use: "sig", Kid: k.Kid, X: k.X})
	}
	return out, nil
}

// MetadatosDelEmisor is the metadata of an issuer (RFC 8414).
type MetadatosDelEmisor struct {
	Issuer                 string   `json:"issuer"`
	TokenEndpoint          string   `json:"token_endpoint"`
	JWKSURI                string   `json:"jwks_uri"`
	GrantTypesSupported    []string `json:"grant_types_supported" nullable:"false"`
	AuthMethodsSupported   []string `json:"token_endpoint_auth_methods_supported" nullable:"false"`
	ResponseTypesSupported []string `json:"response_types_supported" nullable:"false"`
	ScopesSupported        []string `json:"scopes_supported" nullable:"false"`
}

type metadatosSalida struct {
	CacheControl string `header:"Cache-Control"`
	Body         MetadatosDelEmisor
}

func (h handler) metadatos(context.Context, *struct{}) (*metadatosSalida, error) {
	base := strings.TrimRight(string(h.emisor), "/")
	return &metadatosSalida{CacheControl: "public, max-age=3600", Body: MetadatosDelEmisor{
		Issuer: string(h.emisor), TokenEndpoint: base + "/token", JWKSURI: base + "/.well-known/jwks.json",
		GrantTypesSupported:  []string{"client_credentials"},
		AuthMethodsSupported: []string{"client_secret_basic", "client_secret_post"}, ResponseTypesSupported: []string{},
		ScopesSupported: append(domain.RolAdmin.Alcances(),
			domain.AlcanceInventarioReservar, domain.AlcanceProductosLeer, domain.AlcanceRevocacionesLeer),
	}}, nil
}
