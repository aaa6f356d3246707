// Package authntest has tokens that every service must refuse, for the tests of services that verify tokens.
package authntest

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"
)

// Minter makes tokens as auth does, for a test that has its key.
type Minter struct {
	Issuer  string
	Service string // the service that verifies; only pedidos may call it
	Kid     string
	Key     ed25519.PrivateKey
	Now     time.Time
}

var (
	b64      = base64.RawURLEncoding
	otherKey = ed25519.NewKeyFromSeed([]byte(strings.Repeat("o", ed25519.SeedSize)))
	absent   = new(int) // as a value of With, it removes a member
)

// Object is the header or the claims of a token.
type Object map[string]any

// With is a copy of o with these members changed.
func (o Object) With(changes Object) Object {
	o = maps.Clone(o)
	for name, value := range changes {
		if value == absent {
			delete(o, name)
		} else {
			o[name] = value
		}
	}
	return o
}

// Header is the header of a good token.
func (m Minter) Header() Object { return Object{"alg": "EdDSA", "typ": "at+jwt", "kid": m.Kid} }

// User are the claims of a customer's good token.
func (m Minter) User() Object {
	return Object{
		"iss": m.Issuer, "sub": "7", "aud": "tienda", "scope": "perfil pedidos:propios", "sid": "s1", "jti": "j1",
		"iat": m.Now.Unix(), "exp": m.Now.Add(15 * time.Minute).Unix(),
	}
}

// OfService are the claims of a good token of pedidos for Service.
func (m Minter) OfService() Object {
	return Object{
		"iss": m.Issuer, "sub": "servicio:pedidos", "aud": m.Service, "scope": "inventario:reservar", "jti": "j2",
		"iat": m.Now.Unix(), "exp": m.Now.Add(5 * time.Minute).Unix(),
	}
}

// text is JSON as it is; everything else is marshalled.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// Sign makes a token of a header and claims, each an Object or JSON as it is.
func Sign(header, claims any, with ed25519.PrivateKey) string {
	signed := b64.EncodeToString([]byte(text(header))) + "." + b64.EncodeToString([]byte(text(claims)))
	return signed + "." + b64.EncodeToString(ed25519.Sign(with, []byte(signed)))
}

// Bad has bad tokens by what is wrong with them; each differs from a good token in one thing.
func (m Minter) Bad() map[string]string {
	key, issuer, now, kid := m.Key, m.Issuer, m.Now, m.Kid
	header, user, service := m.Header(), m.User(), m.OfService()
	escaped := fmt.Sprintf(`\u%04x`, kid[0]) + kid[1:]
	good := Sign(header, user, key)
	parts := strings.Split(good, ".")
	hs256 := func(secret []byte) string {
		signed := b64.EncodeToString([]byte(`{"alg":"HS256","kid":"`+kid+`","typ":"at+jwt"}`)) + "." + parts[1]
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(signed))
		return signed + "." + b64.EncodeToString(mac.Sum(nil))
	}
	claims := func(changes Object) string { return Sign(header, user.With(changes), key) }
	ofService := func(changes Object) string { return Sign(header, service.With(changes), key) }
	heads := func(changes Object) string { return Sign(header.With(changes), user, key) }
	// A last character that differs only in bits that no byte uses.
	sloppy := func(segment string) string {
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		last := strings.IndexByte(alphabet, segment[len(segment)-1])
		return segment[:len(segment)-1] + string(alphabet[last^1])
	}
	raw := strings.TrimSuffix(text(user), "}")
	exp := func(digits string) string { // as it is in the JSON
		member := fmt.Sprintf(`"exp":%d`, now.Add(15*time.Minute).Unix())
		return Sign(header, strings.Replace(text(user), member, `"exp":`+digits, 1), key)
	}

	return map[string]string{
		"empty":        "",
		"no token":     "hola",
		"two parts":    parts[0] + "." + parts[1],
		"four parts":   good + ".x",
		"JWE":          good + "." + parts[2] + "." + parts[2],
		"no signature": parts[0] + "." + parts[1] + ".",
		"no header":    "." + parts[1] + "." + parts[2],
		"alg none": b64.EncodeToString([]byte(`{"alg":"none","kid":"`+kid+`","typ":"at+jwt"}`)) +
			"." + parts[1] + ".",
		"alg none, signed":           heads(Object{"alg": "none"}),
		"alg None":                   heads(Object{"alg": "None"}),
		"alg missing":                heads(Object{"alg": absent}),
		"alg lower case":             heads(Object{"alg": "eddsa"}),
		"HS256 with the public key":  hs256(key.Public().(ed25519.PublicKey)),
		"HS256 with the encoded key": hs256([]byte(b64.EncodeToString(key.Public().(ed25519.PublicKey)))),
		"another's key":              Sign(header, user, otherKey),
		"signature of another token": parts[0] + "." + parts[1] + "." + strings.Split(claims(Object{"sub": "8"}), ".")[2],
		"claims of another token":    parts[0] + "." + strings.Split(claims(Object{"sub": "8"}), ".")[1] + "." + parts[2],
		"typ missing":                heads(Object{"typ": absent}),
		"typ JWT":                    heads(Object{"typ": "JWT"}),
		"typ in capitals":            heads(Object{"typ": "AT+JWT"}),
		"kid missing":                heads(Object{"kid": absent}),
		"kid empty":                  heads(Object{"kid": ""}),
		"kid unknown":                heads(Object{"kid": "k2"}),
		"kid a path":                 heads(Object{"kid": "../../" + kid}),
		"kid a number":               heads(Object{"kid": 1}),
		"kid endless":                heads(Object{"kid": strings.Repeat("k", 200)}),
		"crit":                       heads(Object{"crit": []string{"b64"}}),
		"b64":                        heads(Object{"b64": false}),
		"jwk": heads(Object{"jwk": Object{"kty": "OKP", "crv": "Ed25519",
			"x": b64.EncodeToString(otherKey.Public().(ed25519.PublicKey))}}),
		"jku":                          heads(Object{"jku": "https://evil.example/jwks.json"}),
		"x5u":                          heads(Object{"x5u": "https://evil.example"}),
		"alg twice":                    Sign(`{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"`+kid+`"}`, user, key),
		"alg folded":                   Sign(`{"ALG":"EdDSA","typ":"at+jwt","kid":"`+kid+`"}`, user, key),
		"header no object":             Sign(`["EdDSA"]`, user, key),
		"header null":                  Sign(`null`, user, key),
		"header with a blank":          Sign(`{"alg":"EdDSA","kid":"`+kid+`", "typ":"at+jwt"}`, user, key),
		"header with an escape":        Sign(`{"alg":"EdDSA","kid":"`+escaped+`","typ":"at+jwt"}`, user, key),
		"header name with an escape":   Sign(`{"\u0061lg":"EdDSA","kid":"`+kid+`","typ":"at+jwt"}`, user, key),
		"something behind the header":  Sign(text(header)+"{}", user, key),
		"issuer of another shop":       claims(Object{"iss": "https://evil.example"}),
		"issuer with a slash more":     claims(Object{"iss": issuer + "/"}),
		"issuer missing":               claims(Object{"iss": absent}),
		"audience of a service":        claims(Object{"aud": m.Service}),
		"audience of another service":  ofService(Object{"aud": "otro"}),
		"audience of users, a service": ofService(Object{"aud": "tienda"}),
		"audience a list":              claims(Object{"aud": []string{"tienda"}}),
		"audience missing":             claims(Object{"aud": absent}),
		"audience empty":               claims(Object{"aud": ""}),
		"subject missing":              claims(Object{"sub": absent}),
		"subject no number":            claims(Object{"sub": "ana"}),
		"subject zero":                 claims(Object{"sub": "0"}),
		"subject negative":             claims(Object{"sub": "-7"}),
		"subject with a zero":          claims(Object{"sub": "07"}),
		"subject with a plus":          claims(Object{"sub": "+7"}),
		"subject a JSON number":        claims(Object{"sub": 7}),
		"subject too large":            claims(Object{"sub": "9223372036854775808"}),
		"service without a name":       ofService(Object{"sub": "servicio:"}),
		"session missing":              claims(Object{"sid": absent}),
		"session empty":                claims(Object{"sid": ""}),
		"session null":                 claims(Object{"sid": nil}),
		"session of a service":         ofService(Object{"sid": "s1"}),
		"empty session of a service":   ofService(Object{"sid": ""}),
		"jti missing":                  claims(Object{"jti": absent}),
		"scope missing":                claims(Object{"scope": absent}),
		"scope a list":                 claims(Object{"scope": []string{"perfil"}}),
		"scope null":                   claims(Object{"scope": nil}),
		"exp missing":                  claims(Object{"exp": absent}),
		"exp in the past":              claims(Object{"iat": now.Add(-time.Hour).Unix(), "exp": now.Add(-6 * time.Second).Unix()}),
		"exp a text":                   claims(Object{"exp": fmt.Sprint(now.Add(time.Minute).Unix())}),
		"exp a fraction":               exp(fmt.Sprintf("%d.5", now.Add(15*time.Minute).Unix())),
		"exp with an exponent":         exp("1.8e9"),
		"exp in 100 years":             claims(Object{"exp": now.AddDate(100, 0, 0).Unix()}),
		"exp beyond int64":             exp("9223372036854775808"),
		"exp negative":                 claims(Object{"exp": -1}),
		"exp null":                     claims(Object{"exp": nil}),
		"exp before iat":               claims(Object{"iat": now.Add(2 * time.Second).Unix(), "exp": now.Add(time.Second).Unix()}),
		"iat missing":                  claims(Object{"iat": absent}),
		"iat in the future":            claims(Object{"iat": now.Add(2 * time.Minute).Unix()}),
		"user's life too long":         claims(Object{"exp": now.Add(61 * time.Minute).Unix()}),
		"service's life too long":      ofService(Object{"exp": now.Add(301 * time.Second).Unix()}),
		"nbf":                          claims(Object{"nbf": now.Unix()}),
		"a role":                       claims(Object{"rol": "admin"}),
		"claim twice":                  Sign(header, raw+`,"sub":"1"}`, key),
		"claim twice, escaped":         Sign(header, raw+`,"s\u0075b":"1"}`, key),
		"claim folded":                 Sign(header, raw+`,"SUB":"1"}`, key),
		"claim folded by Unicode":      Sign(header, raw+`,"ſub":"1"}`, key),
		"claim an object":              claims(Object{"scope": Object{"perfil": true}}),
		"claims no object":             Sign(header, `[]`, key),
		"claims empty":                 Sign(header, `{}`, key),
		"something behind the claims":  Sign(header, text(user)+" {}", key),
		"claims cut":                   Sign(header, raw, key),
		"claims not UTF-8":             Sign(header, strings.Replace(text(user), `"7"`, "\"7\xff\"", 1), key),
		"claims with a BOM":            Sign(header, "\ufeff"+text(user), key),
		"newline in the signature":     parts[0] + "." + parts[1] + "." + parts[2][:10] + "\n" + parts[2][10:],
		"newline behind the token":     good + "\n",
		"blank before the token":       " " + good,
		"padding":                      good + "==",
		"standard base64": parts[0] + "." + parts[1] + "." +
			strings.NewReplacer("-", "+", "_", "/").Replace(parts[2]) + "+",
		"signature spelled otherwise": parts[0] + "." + parts[1] + "." + sloppy(parts[2]),
		"signature cut":               good[:len(good)-4],
		"signature longer":            good + "AAAA",
		"NUL":                         good + "\x00",
		"5 KiB":                       claims(Object{"scope": strings.Repeat("a ", 2500)}),
		"1 MiB":                       strings.Repeat("a", 1<<20),
	}
}
