package logging

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
)

const redacted = "[redacted]"

// redactor removes secrets by the name of the attribute and by the shape of the text.
type redactor struct {
	names  map[string]bool // attributes whose whole value is secret, beside those of isSecret
	shapes []shape
}

// newRedactor adds the service's own names of secrets.
func newRedactor(secretNames []string) redactor {
	names, member := map[string]bool{}, `[a-z_-]*(?:password|contrasena|secret|token|authorization|cookie)`
	for _, name := range []string{"pass", "pwd", "passwd", "api_key", "apikey", "private_key", "secret_key", "x-api-key"} {
		names[name] = true
	}
	for _, name := range secretNames {
		names[strings.ToLower(name)] = true
		member += "|" + regexp.QuoteMeta(name)
	}
	inJSON := regexp.MustCompile(`(?i)("(?:` + member + `)"\s*:\s*)"(?:[^"\\]|\\.)*"?`)
	return redactor{names, append(slices.Clone(shapes), shape{`"`, inJSON, "${1}\"" + redacted + "\""})}
}

// secretWords make every attribute secret whose name has one of them.
var secretWords = []string{"password", "contrasena", "contraseña", "secret", "authorization", "cookie"}

func (r redactor) isSecret(key string) bool {
	key = strings.ToLower(key)
	return r.names[key] || strings.HasSuffix(key, "token") ||
		slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(key, word) })
}

// redact is the ReplaceAttr of every handler. It gets each attribute once, with groups expanded and LogValuers resolved.
func (r redactor) redact(groups []string, a slog.Attr) slog.Attr {
	if r.isSecret(a.Key) || slices.ContainsFunc(groups, r.isSecret) {
		return slog.String(a.Key, redacted)
	}
	switch a.Value.Kind() {
	case slog.KindString:
		if len(groups) == 0 && a.Key == slog.MessageKey { // the message is a constant of the program
			return slog.String(a.Key, r.scrub(a.Value.String()))
		}
		a.Value = slog.StringValue(oneLine(r.scrub(a.Value.String())))
	case slog.KindTime:
		a.Value = slog.TimeValue(a.Value.Time().UTC())
	case slog.KindAny:
		a.Value = r.redactAny(a.Value.Any())
	}
	return a
}

// redactAny turns a value of any type into what JSON shows of it, without its secrets.
func (r redactor) redactAny(v any) (result slog.Value) {
	defer func() { // Error may panic on a nil *T, which must not end the program
		if p := recover(); p != nil {
			result = slog.StringValue(fmt.Sprintf("!PANIC: %T", v))
		}
	}()
	switch v := v.(type) {
	case nil, slog.Level, *slog.Source:
		return slog.AnyValue(v)
	case error:
		return slog.StringValue(oneLine(r.scrub(textOf(v))))
	case []byte:
		return slog.StringValue(oneLine(r.scrub(string(v))))
	}
	text, err := json.Marshal(v)
	if err != nil {
		return slog.StringValue(oneLine(r.scrub(fmt.Sprintf("%+v", v))))
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return slog.StringValue(oneLine(r.scrub(string(text))))
	}
	return slog.AnyValue(r.redactTree(tree))
}

func (r redactor) redactTree(v any) any {
	switch v := v.(type) {
	case string:
		return oneLine(r.scrub(v))
	case []any:
		for i := range v {
			v[i] = r.redactTree(v[i])
		}
	case map[string]any:
		for key, member := range v {
			if r.isSecret(key) {
				v[key] = redacted
			} else {
				v[key] = r.redactTree(member)
			}
		}
	}
	return v
}

// The shapes of secrets in text. Removing a harmless word is better than logging a secret. A pattern costs a microsecond, so it
// is tried only on a text that has one of the characters without which it cannot match.
type shape struct {
	oneOf   string
	pattern *regexp.Regexp
	with    string
}

var shapes = []shape{
	{"J", regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)*`), redacted},
	{" \t\n\f\r", regexp.MustCompile(`(?i)\b(bearer|basic|dpop)\s+[A-Za-z0-9._~+/=-]{6,}`), "$1 " + redacted},
	{"@", regexp.MustCompile("(://[^\\s:/@\"'`]*):[^\\s\"'`]*@"), "$1:" + redacted + "@"},
	{"=", regexp.MustCompile(`(?i)((?:password|passwd|pwd|contrasena|secret|secret_key|token)\s?=\s?)` +
		`(?:"[^"]*"|'[^']*'|[^\s&,;"']+)`), "$1" + redacted},
}

// scrub removes secrets from a text by their shape: tokens, credentials, passwords in URLs and in key=value pairs.
func (r redactor) scrub(s string) string {
	for _, shape := range r.shapes {
		if strings.ContainsAny(s, shape.oneOf) {
			s = shape.pattern.ReplaceAllString(s, shape.with)
		}
	}
	return s
}
