package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// variable is a field of a configuration struct with the name that it has in the environment.
type variable struct {
	name, fallback, field string
	value                 reflect.Value
}

// variablesOf walks a configuration struct, embedded structs included.
func variablesOf(config any) []variable {
	var result []variable
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.Anonymous && field.Type.Kind() == reflect.Struct {
				walk(v.Field(i))
				continue
			}
			name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
			if name != "" && field.IsExported() {
				result = append(result, variable{name, field.Tag.Get("envDefault"), field.Name, v.Field(i)})
			}
		}
	}
	walk(reflect.ValueOf(config).Elem())
	return result
}

// problemsOf explains each value that could not be parsed, and checks the other values.
func problemsOf(err error, variables []variable, ownWords []string) []Problem {
	unparsed := map[string]error{} // by field
	aggregate, _ := errors.AsType[env.AggregateError](err)
	for _, e := range aggregate.Errors {
		parse, ok := errors.AsType[env.ParseError](e)
		if !ok {
			panic(fmt.Sprintf("config: no configuration struct: %v", e)) // a programmer's mistake
		}
		unparsed[parse.Name] = parse.Err
	}
	production := false
	for _, v := range variables {
		production = production || v.value.Interface() == any(Production)
	}
	var problems []Problem
	for _, v := range variables {
		reason := v.check(production, ownWords)
		if err := unparsed[v.field]; err != nil {
			reason = v.mustBe()
			if useless, ok := errors.AsType[useless](err); ok {
				reason = v.mend(string(useless))
			}
		}
		if reason != "" {
			problems = append(problems, Problem{v.name, reason})
		}
	}
	return problems
}

// useless says why a value of the right form can do nothing, or harm; it may quote no more of the value than an address.
type useless string

func (u useless) Error() string { return string(u) }

// check says what is wrong with a value of the right type; "" for a good value.
func (v variable) check(production bool, ownWords []string) string {
	switch {
	case strings.HasSuffix(v.name, "_PORT") && v.value.CanUint() && (v.value.Uint() == 0 || v.value.Uint() > 65535),
		strings.HasSuffix(v.name, "_PORT") && v.value.CanInt() && (v.value.Int() < 1 || v.value.Int() > 65535):
		return v.mustBe()
	case v.name == "HOST" && !isHost(v.value.String()):
		return v.mend("must be an IP address or a name of this machine, without port")
	case v.name == "LOG_LEVEL" && !slices.Contains([]any{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError},
		v.value.Interface()): // slog reads info+3 too
		return v.mustBe()
	case v.name == "DB_MAX_CONNS" && v.value.Uint() == 0:
		return v.mend("must be a whole number from 1 to 65535")
	case v.name == "HTTP_IDLE_TIMEOUT" && time.Duration(v.value.Int()) < time.Second:
		return v.mend("must be a duration of at least 1s, longer than a proxy in front keeps its connections")
	case (strings.HasSuffix(v.name, "_SERVICE_URL") || strings.HasSuffix(v.name, "_ISSUER")) &&
		v.value.Kind() == reflect.String && v.value.String() != "" &&
		!isServiceURL(v.value.String()):
		return v.mend("must be an address such as http://localhost:8000, without user, query or fragment")
	case v.name == "OTEL_EXPORTER_OTLP_ENDPOINT" && v.value.String() != "" && !isServiceURL(v.value.String()):
		return v.mend("must be the address of a collector, such as http://localhost:4318, without user, query or fragment")
	}
	secret, ok := v.value.Interface().(Secret)
	switch {
	case !ok || !production:
	case strings.Contains(v.name, "SECRET"):
		return weakness(secret, ownWords)
	case secret != "" && isSample(secret.Reveal(), ownWords):
		return aSample + "choose another"
	}
	return ""
}

func isServiceURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && u.RawQuery == "" &&
		u.Fragment == "" && !strings.ContainsAny(s, "#? ") &&
		!strings.HasSuffix(u.Host, ":") && (u.Port() == "" || isPort(u.Port()))
}

var accepted = map[reflect.Type]string{
	reflect.TypeFor[AppEnv]():        "development or production",
	reflect.TypeFor[slog.Level]():    "debug, info, warn or error",
	reflect.TypeFor[[]Network]():     "networks such as 10.0.0.0/8,fd00::/8, separated by commas",
	reflect.TypeFor[ProxyHeader]():   "X-Forwarded-For or Forwarded",
	reflect.TypeFor[MetricsAddr]():   "an address such as 127.0.0.1:9000, or off",
	reflect.TypeFor[time.Duration](): "a duration such as 500ms or 2s",
	reflect.TypeFor[[]Origin](): "exact origins such as https://tienda.example, in lower case, without path, separated by commas; " +
		"no *",
}

func (v variable) mustBe() string {
	t := v.value.Type()
	if text, ok := accepted[t]; ok {
		return v.mend("must be " + text)
	}
	if t.Kind() == reflect.Pointer { // a pointer tells unset from zero
		v.value, t = reflect.New(t.Elem()).Elem(), t.Elem()
	}
	switch {
	case strings.HasSuffix(v.name, "_PORT"):
		return v.mend("must be a port, a whole number from 1 to 65535")
	case v.value.Kind() == reflect.Bool:
		return v.mend("must be true or false")
	case v.value.CanUint():
		return v.mend(fmt.Sprintf("must be a whole number from 0 to %d", ^uint64(0)>>(64-t.Bits())))
	case v.value.CanInt():
		return v.mend(fmt.Sprintf("must be a whole number from %d to %d", int64(-1)<<(t.Bits()-1), int64(^uint64(0)>>(65-t.Bits()))))
	case v.value.CanFloat():
		return v.mend("must be a number")
	}
	return v.mend("is not of the form that is needed (" + t.String() + ")")
}

// mend adds what the operator can do about the problem.
func (v variable) mend(reason string) string {
	if v.fallback == "" {
		return reason + "; correct it or unset it"
	}
	return reason + "; correct it, or unset it to get " + v.fallback
}
