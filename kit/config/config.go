// Package config reads the environment into a typed struct, once, at start.
//
// Load reports everything that is wrong in one error: each variable by name, why, and how to mend it, never its value, which may
// be a secret. A `.env` file in the working directory sets variables that the environment does not set; an empty variable counts
// as unset. Names have a meaning: `…_PORT` is a TCP port, `…_SERVICE_URL` an http address, and a Secret with SECRET in its name
// must be a real one in production.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"
)

// AppEnv says how strictly a service checks its configuration.
type AppEnv string

// The two environments.
const (
	Development AppEnv = "development" // secrets may be generated
	Production  AppEnv = "production"  // every secret must be given
)

// UnmarshalText accepts the two names and nothing else: a spelling mistake must not turn production off.
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
	Traces   string     `env:"OTEL_EXPORTER_OTLP_ENDPOINT"` // of an OpenTelemetry collector; "" = no traces
	// PerMinute reads RateLimit. Origins are the web origins whose pages may call from a browser.
	RateLimit *uint32  `env:"RATE_LIMIT_PER_MINUTE"`
	DBConns   uint16   `env:"DB_MAX_CONNS" envDefault:"16"` // to PostgreSQL, of this process
	Prepare   bool     `env:"DB_PREPARE" envDefault:"true"` // PostgreSQL may keep prepared statements
	Origins   []Origin `env:"CORS_ORIGINS"`
	// TrustedProxies are networks of proxies: only their ProxyHeader counts for the client's address.
	TrustedProxies []Network   `env:"TRUSTED_PROXIES"`
	ProxyHeader    ProxyHeader `env:"TRUSTED_PROXY_HEADER" envDefault:"X-Forwarded-For"`
	// MaxConnections and MaxPerAddress bound the open connections of the process and of one address; 0 = any number.
	MaxConnections uint32        `env:"MAX_CONNECTIONS" envDefault:"4096"`
	MaxPerAddress  uint32        `env:"MAX_CONNECTIONS_PER_ADDRESS" envDefault:"512"`
	IdleTimeout    time.Duration `env:"HTTP_IDLE_TIMEOUT" envDefault:"75s"`
}

// PerMinute is how many requests a minute each caller may send to a service; 0 = any number. The default in production is 6000.
func (c Common) PerMinute() int { return Limit(c, c.RateLimit, 6000) }

// Limit is value or, when that is not set, inProduction in production and 0, no limit, in development.
func Limit[N uint16 | uint32](c Common, value *N, inProduction N) int {
	switch {
	case value != nil:
		return int(*value)
	case c.Production():
		return int(inProduction)
	}
	return 0
}

// Production reports whether secrets must be set and are never generated.
func (c Common) Production() bool { return c.AppEnv == Production }

// DatabaseURL is value or, when value is empty, the URL of the service's SQLite file in DataDir.
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

// CheckDataDir reports when this process cannot write in DataDir, or cannot make it. It leaves nothing: other variables may be
// wrong.
func (c Common) CheckDataDir() error {
	dir, err := filepath.Abs(c.DataDir)
	for err == nil {
		if _, err = os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		dir, err = filepath.Dir(dir), nil // it would be made in this one
	}
	if err == nil {
		err = Writable(dir)
	}
	if err == nil {
		return nil
	}
	reason := "cannot be written"
	if cause, ok := errors.AsType[syscall.Errno](err); ok { // the whole error has the value
		reason += ": " + cause.Error()
	}
	return Wrong("DATA_DIR", reason+"; choose a folder that this user may write, or unset it to get ./data")
}

// Writable makes a file in a folder and removes it. Its error is that of the operating system.
func Writable(dir string) error {
	probe, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// Load reads T from the environment. T is a struct with `env` and `envDefault` tags that embeds Common; it may not have other
// nested structs. The error names every wrong variable, also those that T itself reports (Checker).
func Load[T any]() (T, error) {
	var result T
	environment, err := environment(".env")
	if err != nil {
		return result, err
	}
	err = env.ParseWithOptions(&result, env.Options{Environment: environment})
	problems := check(result, problemsOf(err, variablesOf(&result), ownWords(result)))
	if len(problems) > 0 {
		slices.SortStableFunc(problems, byVariable)
		return *new(T), &Error{Problems: problems}
	}
	return result, nil
}

// environment is the process environment, completed from the file, without empty variables.
func environment(file string) (map[string]string, error) {
	result, err := readDotenv(file)
	if err != nil {
		return nil, err
	}
	for name, value := range env.ToMap(os.Environ()) {
		if value != "" { // an empty variable is unset: the file's value stays
			result[name] = value
		}
	}
	maps.DeleteFunc(result, func(_, value string) bool { return value == "" })
	return result, nil
}

// readDotenv reads KEY=value lines, if there are any. The parser's own error quotes the file, secrets included: ours has the
// line.
func readDotenv(path string) (map[string]string, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("configuration: cannot read %s: %w; mend its permissions or remove it", path, err)
	}
	text := strings.TrimPrefix(string(content), "\ufeff") // some editors of Windows put it there
	result, err := godotenv.Unmarshal(text)
	if err != nil {
		return nil, fmt.Errorf("configuration: %s, line %d: is not of the form NAME=value", path, wrongLine(text))
	}
	return result, nil
}

func wrongLine(text string) int {
	lines := strings.SplitAfter(text, "\n")
	wrong := len(lines)
	for ; wrong > 1; wrong-- {
		if _, err := godotenv.Unmarshal(strings.Join(lines[:wrong-1], "")); err == nil {
			break
		}
	}
	return wrong
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
func Join(errs ...error) error {
	var all []Problem
	var others []error
	for _, err := range errs {
		if e, ok := errors.AsType[*Error](err); ok {
			all = append(all, e.Problems...)
		} else if err != nil {
			others = append(others, err)
		}
	}
	if len(all) > 0 {
		slices.SortStableFunc(all, byVariable)
		others = append(others, &Error{Problems: all})
	}
	return errors.Join(others...)
}
