package logging

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

const redacted = "[redacted]"

// secretNames are attributes whose whole value is secret; names that merely contain or end in some words are in isSecret.
var secretNames = map[string]bool{
	"actual": true, "nueva": true, "pass": true, "pwd": true, "passwd": true, "clave_privada": true,
	"api_key": true, "apikey": true, "private_key": true, "secret_key": true, "x-api-key": true,
}

func isSecret(key string) bool {
	key = strings.ToLower(key)
	if secretNames[key] || strings.HasSuffix(key, "token") {
		return true
	}
	for _, word := range [...]string{"password", "contrasena", "contraseña", "secret", "authorization", "cookie"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

// redact is the ReplaceAttr of every handler. It gets each attribute once, with groups expanded and LogValuers resolved.
func redact(groups []string, a slog.Attr) slog.Attr {
	if isSecret(a.Key) {
		return slog.String(a.Key, redacted)
	}
	for _, g := range groups {
		if isSecret(g) {
			return slog.String(a.Key, redacted)
		}
	}
	switch a.Value.Kind() {
	case slog.KindString:
		if len(groups) == 0 && a.Key == slog.MessageKey { // the message is a constant of the program
			return slog.String(a.Key, Scrub(a.Value.String()))
		}
		a.Value = slog.StringValue(oneLine(Scrub(a.Value.String())))
	case slog.KindTime:
		a.Value = slog.TimeValue(a.Value.Time().UTC())
	case slog.KindAny:
		a.Value = redactAny(a.Value.Any())
	}
	return a
}

// redactAny turns a value of any type into what JSON shows of it, without its secrets.
func redactAny(v any) (result slog.Value) {
	defer func() { // Error may panic on a nil *T, which must not end the program
		if p := recover(); p != nil {
			result = slog.StringValue(fmt.Sprintf("!PANIC: %T", v))
		}
	}()
	switch v := v.(type) {
	case nil, slog.Level, *slog.Source:
		return slog.AnyValue(v)
	case error:
		return slog.StringValue(oneLine(Scrub(textOf(v))))
	case []byte:
		return slog.StringValue(oneLine(Scrub(string(v))))
	}
	text, err := json.Marshal(v)
	if err != nil {
		return slog.StringValue(oneLine(Scrub(fmt.Sprintf("%+v", v))))
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return slog.StringValue(oneLine(Scrub(string(text))))
	}
	return slog.AnyValue(redactTree(tree))
}

func redactTree(v any) any {
	switch v := v.(type) {
	case string:
		return oneLine(Scrub(v))
	case []any:
		for i := range v {
			v[i] = redactTree(v[i])
		}
	case map[string]any:
		for key, member := range v {
			if isSecret(key) {
				v[key] = redacted
			} else {
				v[key] = redactTree(member)
			}
		}
	}
	return v
}

// The shapes of secrets in text. Removing a harmless word is better than logging a secret. A pattern costs a microsecond, so it
// is tried only on a text that has one of the characters without which it cannot match.
var shapes = []struct {
	oneOf   string
	pattern *regexp.Regexp
	with    string
}{
	{"J", regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)*`), redacted},
	{" \t\n\f\r", regexp.MustCompile(`(?i)\b(bearer|basic|dpop)\s+[A-Za-z0-9._~+/=-]{6,}`), "$1 " + redacted},
	{"@", regexp.MustCompile("(://[^\\s:/@\"'`]*):[^\\s\"'`]*@"), "$1:" + redacted + "@"},
	{"=", regexp.MustCompile(`(?i)((?:password|passwd|pwd|contrasena|secret|secret_key|token)\s?=\s?)(?:"[^"]*"|'[^']*'|[^\s&,` +
		`;"']+)`),
		"$1" + redacted},
	{`"`, regexp.MustCompile(`(?i)("(?:[a-z_-]*(?:password|contrasena|secret|token|authorization|cookie)|actual|nueva)"\s*:\s*)"(?:[^"\\]|\\.)*"?`),
		"${1}\"" + redacted + "\""},
}

// Scrub removes secrets from a text by their shape: tokens, credentials, passwords in URLs and in key=value pairs.
func Scrub(s string) string {
	for _, shape := range shapes {
		if strings.ContainsAny(s, shape.oneOf) {
			s = shape.pattern.ReplaceAllString(s, shape.with)
		}
	}
	return s
}
