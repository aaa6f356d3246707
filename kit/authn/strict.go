package authn

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tienda-go/tienda/kit/strictjson"
)

// maxTokenBytes bounds the work that an unauthenticated caller can ask for.
const maxTokenBytes = 4 << 10

type parsed struct {
	Caller
	issuer, kid string
}

// parse reads the parts of the token. Nothing is verified yet.
func parse(token string) (*parsed, error) {
	if len(token) > maxTokenBytes {
		return nil, errors.New("token too long")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("token has not three parts")
	}
	header, err := segment(parts[0])
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	payload, err := segment(parts[1])
	if err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	if signature, err := segment(parts[2]); err != nil || len(signature) != 64 {
		return nil, errors.New("signature is no Ed25519 signature")
	}
	kid, err := keyID(header)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	var c struct { // all members that a token of auth may have
		Issuer    string  `json:"iss"`
		Subject   string  `json:"sub"`
		Audience  string  `json:"aud"`
		Scope     string  `json:"scope"`
		SessionID *string `json:"sid"`
		TokenID   string  `json:"jti"`
		IssuedAt  int64   `json:"iat"`
		ExpiresAt int64   `json:"exp"`
	}
	if err := strictObject(payload, &c, "iss", "sub", "aud", "scope", "jti", "iat", "exp", "?sid"); err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	const year3000 = 32_503_680_000
	switch {
	case c.IssuedAt < 0, c.ExpiresAt < 0, c.IssuedAt > year3000, c.ExpiresAt > year3000, c.TokenID == "":
		return nil, errors.New("claims: impossible date, or no jti")
	case c.SessionID == nil:
		c.SessionID = new(string)
	case *c.SessionID == "":
		return nil, errors.New("claims: empty session")
	}
	return &parsed{issuer: c.Issuer, kid: kid, Caller: Caller{
		Subject: c.Subject, Audience: c.Audience, Scopes: strings.Fields(c.Scope), SessionID: *c.SessionID, TokenID: c.TokenID,
		IssuedAt: time.Unix(c.IssuedAt, 0), ExpiresAt: time.Unix(c.ExpiresAt, 0),
	}}, nil
}

const base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// keyID reads a header: three members, in any order, without blanks and escapes: each value has one spelling (RFC 8785).
func keyID(header []byte) (string, error) {
	if bytes.ContainsAny(header, " \t\r\n\\") {
		return "", errors.New("blanks or escapes")
	}
	var h struct {
		Algorithm string `json:"alg"`
		Type      string `json:"typ"`
		KeyID     string `json:"kid"`
	}
	if err := strictObject(header, &h, "alg", "typ", "kid"); err != nil {
		return "", err
	}
	if h.Algorithm != "EdDSA" || h.Type != TokenType || h.KeyID == "" || len(h.KeyID) > 128 {
		return "", errors.New("not exactly {alg: EdDSA, kid, typ: at+jwt}")
	}
	if strings.Trim(h.KeyID, base64URL) != "" {
		return "", errors.New("kid is not base64url")
	}
	return h.KeyID, nil
}

// segment decodes base64url without padding and without line breaks. Strict accepts only one spelling of the same bytes.
func segment(s string) ([]byte, error) {
	if s == "" || strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("not base64url")
	}
	return base64.RawURLEncoding.Strict().DecodeString(s)
}

// strictObject decodes an object of exactly these members ("?" = optional): encoding/json folds case and reads null as zero.
func strictObject(raw []byte, into any, members ...string) error {
	var object map[string]any
	if strictjson.Scan(raw) != nil || bytes.Contains(raw, []byte(`\u0000`)) || json.Unmarshal(raw, &object) != nil || object == nil {
		return errors.New("not one object of strict JSON")
	}
	for _, m := range members {
		name, optional := strings.CutPrefix(m, "?")
		switch value, sent := object[name]; value.(type) {
		case string, float64:
		default:
			if sent || !optional {
				return fmt.Errorf("%s is missing, or neither text nor number", name)
			}
		}
		delete(object, name)
	}
	if len(object) > 0 {
		return errors.New("unknown member")
	}
	// From here on the types decide: a date as text, or with a fraction or an exponent, is not an int64.
	return json.Unmarshal(raw, into)
}
