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
	absent   = new(int)
)

// Object is the header or the claims of a token.
type Object = object

type object map[string]any

// With is a copy of o with these members changed; the value Absent removes a member.
func (o object) With(changes object) object { return o.with(changes) }

// Absent is the value with which With removes a member.
func Absent() any { return absent }

func (o object) with(changes object) object {
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
func (m Minter) Header() Object { return object{"alg": "EdDSA", "typ": "at+jwt", "kid": m.Kid} }

// User are the claims of a customer's good token.
func (m Minter) User() Object {
	return object{
		"iss": m.Issuer, "sub": "7", "aud": "tienda", "scope": "perfil pedidos:propios", "sid": "s1", "jti": "j1",
		"iat": m.Now.Unix(), "exp": m.Now.Add(15 * time.Minute).Unix(),
	}
}

// OfService are the claims of a good token of pedidos for Service.
func (m Minter) OfService() Object {
	return object{
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
func Sign(header, claims any, with ed25519.PrivateKey) string { return sign(header, claims, with) }

func sign(header, claims any, with ed25519.PrivateKey) string {
	signed := b64.EncodeToString([]byte(text(header))) + "." + b64.EncodeToString([]byte(text(claims)))
	return signed + "." + b64.EncodeToString(ed25519.Sign(with, []byte(signed)))
}

// Bad has bad tokens by what is wrong with them; each differs from a good token in one thing.
func (m Minter) Bad() map[string]string {
	key, issuer, now, kid := m.Key, m.Issuer, m.Now, m.Kid
	header, user, service := m.Header(), m.User(), m.OfService()
	escaped := fmt.Sprintf(`\u%04x`, kid[0]) + kid[1:]
	good := sign(header, user, key)
	parts := strings.Split(good, ".")
	hs256 := func(secret []byte) string {
		signed := b64.EncodeToString([]byte(`{"alg":"HS256","kid":"`+kid+`","typ":"at+jwt"}`)) + "." + parts[1]
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(signed))
		return signed + "." + b64.EncodeToString(mac.Sum(nil))
	}
	claims := func(changes object) string { return sign(header, user.with(changes), key) }
	ofService := func(changes object) string { return sign(header, service.with(changes), key) }
	heads := func(changes object) string { return sign(header.with(changes), user, key) }
	// A last character that differs only in bits that no byte uses.
	sloppy := func(segment string) string {
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		last := strings.IndexByte(alphabet, segment[len(segment)-1])
		return segment[:len(segment)-1] + string(alphabet[last^1])
	}
	raw := strings.TrimSuffix(text(user), "}")

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
		"alg none, signed":           heads(object{"alg": "none"}),
		"alg None":                   heads(object{"alg": "None"}),
		"alg missing":                heads(object{"alg": absent}),
		"alg lower case":             heads(object{"alg": "eddsa"}),
		"HS256 with the public key":  hs256(key.Public().(ed25519.PublicKey)),
		"HS256 with the encoded key": hs256([]byte(b64.EncodeToString(key.Public().(ed25519.PublicKey)))),
		"another's key":              sign(header, user, otherKey),
		"signature of another token": parts[0] + "." + parts[1] + "." + strings.Split(claims(object{"sub": "8"}), ".")[2],
		"claims of another token":    parts[0] + "." + strings.Split(claims(object{"sub": "8"}), ".")[1] + "." + parts[2],
		"typ missing":                heads(object{"typ": absent}),
		"typ JWT":                    heads(object{"typ": "JWT"}),
		"typ in capitals":            heads(object{"typ": "AT+JWT"}),
		"kid missing":                heads(object{"kid": absent}),
		"kid empty":                  heads(object{"kid": ""}),
		"kid unknown":                heads(object{"kid": "k2"}),
		"kid a path":                 heads(object{"kid": "../../" + kid}),
		"kid a number":               heads(object{"kid": 1}),
		"kid endless":                heads(object{"kid": strings.Repeat("k", 200)}),
		"crit":                       heads(object{"crit": []string{"b64"}}),
		"b64":                        heads(object{"b64": false}),
		"jwk": heads(object{"jwk": object{"kty": "OKP", "crv": "Ed25519",
			"x": b64.EncodeToString(otherKey.Public().(ed25519.PublicKey))}}),
		"jku":                          heads(object{"jku": "https://evil.example/jwks.json"}),
		"x5u":                          heads(object{"x5u": "https://evil.example"}),
		"alg twice":                    sign(`{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"`+kid+`"}`, user, key),
		"alg folded":                   sign(`{"ALG":"EdDSA","typ":"at+jwt","kid":"`+kid+`"}`, user, key),
		"header no object":             sign(`["EdDSA"]`, user, key),
		"header null":                  sign(`null`, user, key),
		"header with a blank":          sign(`{"alg":"EdDSA","kid":"`+kid+`", "typ":"at+jwt"}`, user, key),
		"header with an escape":        sign(`{"alg":"EdDSA","kid":"`+escaped+`","typ":"at+jwt"}`, user, key),
		"header name with an escape":   sign(`{"\u0061lg":"EdDSA","kid":"`+kid+`","typ":"at+jwt"}`, user, key),
		"something behind the header":  sign(text(header)+"{}", user, key),
		"issuer of another shop":       claims(object{"iss": "https://evil.example"}),
		"issuer with a slash more":     claims(object{"iss": issuer + "/"}),
		"issuer missing":               claims(object{"iss": absent}),
		"audience of a service":        claims(object{"aud": m.Service}),
		"audience of another service":  ofService(object{"aud": "otro"}),
		"audience of users, a service": ofService(object{"aud": "tienda"}),
		"audience a list":              claims(object{"aud": []string{"tienda"}}),
		"audience missing":             claims(object{"aud": absent}),
		"audience empty":               claims(object{"aud": ""}),
		"subject missing":              claims(object{"sub": absent}),
		"subject no number":            claims(object{"sub": "ana"}),
		"subject zero":                 claims(object{"sub": "0"}),
		"subject negative":             claims(object{"sub": "-7"}),
		"subject with a zero":          claims(object{"sub": "07"}),
		"subject with a plus":          claims(object{"sub": "+7"}),
		"subject a JSON number":        claims(object{"sub": 7}),
		"subject too large":            claims(object{"sub": "9223372036854775808"}),
		"service without a name":       ofService(object{"sub": "servicio:"}),
		"session missing":              claims(object{"sid": absent}),
		"session empty":                claims(object{"sid": ""}),
		"session null":                 claims(object{"sid": nil}),
		"session of a service":         ofService(object{"sid": "s1"}),
		"jti missing":                  claims(object{"jti": absent}),
		"scope missing":                claims(object{"scope": absent}),
		"scope a list":                 claims(object{"scope": []string{"perfil"}}),
		"scope null":                   claims(object{"scope": nil}),
		"exp missing":                  claims(object{"exp": absent}),
		"exp in the past":              claims(object{"iat": now.Add(-time.Hour).Unix(), "exp": now.Add(-6 * time.Second).Unix()}),
		"exp a text":                   claims(object{"exp": fmt.Sprint(now.Add(time.Minute).Unix())}),
		"exp a fraction": sign(header, strings.Replace(text(user), fmt.Sprintf(`"exp":%d`, now.Add(15*time.Minute).Unix()),
			fmt.Sprintf(`"exp":%d.5`, now.Add(15*time.Minute).Unix()), 1), key),
		"exp with an exponent": sign(header, strings.Replace(text(user), fmt.Sprintf(`"exp":%d`, now.Add(15*time.Minute).Unix()),
			`"exp":1.8e9`, 1), key),
		"exp in 100 years": claims(object{"exp": now.AddDate(100, 0, 0).Unix()}),
		"exp beyond int64": sign(header, strings.Replace(text(user), fmt.Sprintf(`"exp":%d`, now.Add(15*time.Minute).Unix()),
			`"exp":9223372036854775808`, 1), key),
		"exp negative":                claims(object{"exp": -1}),
		"exp null":                    claims(object{"exp": nil}),
		"exp before iat":              claims(object{"iat": now.Add(2 * time.Second).Unix(), "exp": now.Add(time.Second).Unix()}),
		"iat missing":                 claims(object{"iat": absent}),
		"iat in the future":           claims(object{"iat": now.Add(2 * time.Minute).Unix()}),
		"user's life too long":        claims(object{"exp": now.Add(61 * time.Minute).Unix()}),
		"service's life too long":     ofService(object{"exp": now.Add(301 * time.Second).Unix()}),
		"nbf":                         claims(object{"nbf": now.Unix()}),
		"a role":                      claims(object{"rol": "admin"}),
		"claim twice":                 sign(header, raw+`,"sub":"1"}`, key),
		"claim twice, escaped":        sign(header, raw+`,"s\u0075b":"1"}`, key),
		"claim folded":                sign(header, raw+`,"SUB":"1"}`, key),
		"claim folded by Unicode":     sign(header, raw+`,"ſub":"1"}`, key),
		"claim an object":             claims(object{"scope": object{"perfil": true}}),
		"claims no object":            sign(header, `[]`, key),
		"claims empty":                sign(header, `{}`, key),
		"something behind the claims": sign(header, text(user)+" {}", key),
		"claims cut":                  sign(header, raw, key),
		"claims not UTF-8":            sign(header, strings.Replace(text(user), `"7"`, "\"7\xff\"", 1), key),
		"claims with a BOM":           sign(header, "\ufeff"+text(user), key),
		"newline in the signature":    parts[0] + "." + parts[1] + "." + parts[2][:10] + "\n" + parts[2][10:],
		"newline behind the token":    good + "\n",
		"blank before the token":      " " + good,
		"padding":                     good + "==",
		"standard base64": parts[0] + "." + parts[1] + "." +
			strings.NewReplacer("-", "+", "_", "/").Replace(parts[2]) + "+",
		"signature spelled otherwise": parts[0] + "." + parts[1] + "." + sloppy(parts[2]),
		"signature cut":               good[:len(good)-4],
		"signature longer":            good + "AAAA",
		"NUL":                         good + "\x00",
		"5 KiB":                       claims(object{"scope": strings.Repeat("a ", 2500)}),
		"1 MiB":                       strings.Repeat("a", 1<<20),
	}
}
