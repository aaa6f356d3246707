// Package config reads the environment into a typed struct, once, at start.
//
// Load reports everything that is wrong in one error: each variable by name, why, and how to mend it, never its value,
// which may be a secret. A `.env` file in the working directory fills in what the environment does not say; an empty
// variable counts as unset. Names bind meaning: `…_PORT` is a TCP port, `…_SERVICE_URL` an http address, and a Secret with
// SECRET in its name must be a real one in production.
package config

import (
	"encoding"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// AppEnv says how forgiving a service is about its configuration.
type AppEnv string

// The two environments.
const (
	Development AppEnv = "development" // secrets may be generated
	Production  AppEnv = "production"  // every secret must be given
)

var _ encoding.TextUnmarshaler = (*AppEnv)(nil)

// UnmarshalText accepts the two names and nothing else: a typo must not turn production off.
func (e *AppEnv) UnmarshalText(text []byte) error {
	switch v := AppEnv(text); v {
	case Development, Production:
		*e = v
		return nil
	}
	return errors.New("unknown environment")
}

// Common is what every service reads; embed it.
type Common struct {
	AppEnv   AppEnv     `env:"APP_ENV" envDefault:"development"`
	Host     string     `env:"HOST" envDefault:"127.0.0.1"`
	DataDir  string     `env:"DATA_DIR" envDefault:"./data"`
	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"info"`
	// RateLimit is what PerMinute reads; Origins are the web origins whose pages may call from a browser.
	RateLimit *uint32  `env:"RATE_LIMIT_PER_MINUTE"`
	DBConns   uint16   `env:"DB_MAX_CONNS" envDefault:"16"` // to PostgreSQL, of this process
	Prepare   bool     `env:"DB_PREPARE" envDefault:"true"` // PostgreSQL may keep prepared statements
	Origins   []Origin `env:"CORS_ORIGINS"`
	// TrustedProxies are networks whose ProxyHeader is believed about the client's address.
	TrustedProxies []Network   `env:"TRUSTED_PROXIES"`
	ProxyHeader    ProxyHeader `env:"TRUSTED_PROXY_HEADER" envDefault:"X-Forwarded-For"`
	// MaxConnections and MaxPerAddress bound the open connections of the process and of one address; 0 = any number.
	MaxConnections uint32        `env:"MAX_CONNECTIONS" envDefault:"4096"`
	MaxPerAddress  uint32        `env:"MAX_CONNECTIONS_PER_ADDRESS" envDefault:"512"`
	IdleTimeout    time.Duration `env:"HTTP_IDLE_TIMEOUT" envDefault:"75s"`
}

// PerMinute is how many requests a minute each caller may make of a service; 0 = any number. Not said, it is 6000 in
// production.
func (c Common) PerMinute() int {
	switch {
	case c.RateLimit != nil:
		return int(*c.RateLimit)
	case c.Production():
		return 6000
	default:
		return 0
	}
}

// MaxConns is how many connections to PostgreSQL the process may hold.
func (c Common) MaxConns() int { return int(c.DBConns) }

// Production reports whether nothing may be generated or guessed.
func (c Common) Production() bool { return c.AppEnv == Production }

// DatabaseURL is value, or if that is empty the URL of the service's SQLite file in DataDir.
func (c Common) DatabaseURL(value, service string) string {
	if value != "" {
		return value
	}
	path := filepath.Join(c.DataDir, service+".db")
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return "sqlite://" + path
}

// Load reads T from the environment. T is a struct with `env` and `envDefault` tags that embeds Common; nested structs
// other than embedded ones are not for it. The error names every wrong variable, those that T finds by itself (Checker) too.
func Load[T any]() (T, error) {
	var result T
	environment, err := environment(".env")
	if err != nil {
		return result, err
	}
	err = env.ParseWithOptions(&result, env.Options{Environment: environment})
	problems := check(result, problemsOf(err, variablesOf(&result)))
	if len(problems) > 0 {
		slices.SortStableFunc(problems, byVariable)
		var zero T
		return zero, &Error{Problems: problems}
	}
	return result, nil
}

// environment is the process environment over the file, without empty variables.
func environment(file string) (map[string]string, error) {
	result, err := readDotenv(file)
	if err != nil {
		return nil, err
	}
	for name, value := range env.ToMap(os.Environ()) {
		if value != "" { // an empty variable is unset; what the file says of it stands
			result[name] = value
		}
	}
	maps.DeleteFunc(result, func(_, value string) bool { return value == "" })
	return result, nil
}

// Problem is one wrong variable.
type Problem struct {
	Variable string
	Reason   string // "must be …; how to mend it", never with the value
}

// Error is everything that is wrong with the environment.
type Error struct{ Problems []Problem }

func byVariable(a, b Problem) int { return strings.Compare(a.Variable, b.Variable) }

func (e *Error) Error() string {
	if len(e.Problems) == 1 {
		return fmt.Sprintf("configuration: %s %s", e.Problems[0].Variable, e.Problems[0].Reason)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "configuration: %d variables are wrong:", len(e.Problems))
	for _, p := range e.Problems {
		fmt.Fprintf(&b, "\n  %s %s", p.Variable, p.Reason)
	}
	return b.String()
}

// Join gathers the problems of several errors of this package into one, sorted by variable; nil when all are nil.
// It lets a service that asks for several secrets name them all at once.
func Join(errs ...error) error {
	var all []Problem
	var others []error
	for _, err := range errs {
		var e *Error
		switch {
		case errors.As(err, &e):
			all = append(all, e.Problems...)
		case err != nil:
			others = append(others, err)
		}
	}
	if len(all) > 0 {
		slices.SortStableFunc(all, byVariable)
		others = append(others, &Error{Problems: all})
	}
	return errors.Join(others...)
}
