// Package service is what the programs of all services have in common: commands, start from one configuration, and end.
//
// A service's cmd declares its configuration and wires its own parts with those of this package: the database, auth, the options
// of the HTTP server. New makes the program of them. What runs beside the server ends before the database closes.
package service

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/database"
	"github.com/tienda-go/tienda/kit/httpserver"
	"github.com/tienda-go/tienda/kit/logging"
	"github.com/tienda-go/tienda/kit/telemetry"
)

// Running is a service that has started.
type Running struct {
	Server *httpserver.Server
	Auth   *Auth                       // its list of revocations is polled
	Jobs   []Job                       // repeated one after the other
	Tasks  []func(ctx context.Context) // each paces itself, until ctx ends
}

// New is the program of a service. start builds it, and the function that it returns closes what it opened.
func New[C Configuration](
	start func(ctx context.Context, cfg C, log *slog.Logger) (*Running, func(), error), describe func() *httpserver.Server,
	commands ...Subcommand,
) Program {
	var unset C
	name := unset.Settings().Service
	return Program{
		Service: name, Describe: describe, Commands: commands,
		Address: func() (string, error) {
			cfg, err := config.Load[C]()
			return cfg.Settings().Address(), err
		},
		Serve: func(ctx context.Context) error {
			cfg, err := config.Load[C]()
			if err != nil {
				return err
			}
			log := logger(os.Stdout, name, cfg.Settings().LogLevel)
			running, closeAll, err := start(ctx, cfg, log)
			if err != nil {
				return err
			}
			defer closeAll()
			return running.run(ctx, cfg.Settings().Address(), log)
		},
	}
}

// run serves until ctx ends or the server fails; then it waits for the tasks to end.
func (r *Running) run(ctx context.Context, address string, log *slog.Logger) error {
	ctx, stop := context.WithCancel(ctx)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer stop()
	tasks.Go(func() { r.Auth.Revocations.Run(ctx) })
	tasks.Go(func() { repeat(ctx, log, r.Jobs) })
	for _, task := range r.Tasks {
		tasks.Go(func() { task(ctx) })
	}
	return r.Server.Run(ctx, address)
}

// Clock is the clock of a service.
func Clock() func() time.Time { return database.Now }

// OpenDatabase opens the service's database, brings its schema up to date, and runs the steps that the service's start needs,
// which must be safe to repeat. An error names the variable. The returned function closes the database.
func OpenDatabase(
	ctx context.Context, s Settings, log *slog.Logger, migrations fs.FS, steps ...database.Step,
) (*database.DB, func(), error) {
	options := database.Options{MaxConns: int(s.DBConns), Unprepared: !s.Prepare, Log: log}
	db, closeDB, err := database.OpenMigrated(ctx, s.databaseURL(), options, migrations, steps...)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.databaseVariable(), err)
	}
	return db, closeDB, nil
}

// NewTracer sends the service's traces to the collector of its configuration, if there is one. The returned function sends the
// last ones.
func NewTracer(s Settings, log *slog.Logger) (*telemetry.Tracer, func(), error) {
	tracer, err := telemetry.New(telemetry.Options{Service: s.Service, Endpoint: s.Traces, Log: log})
	if err != nil {
		return nil, nil, err
	}
	return tracer, tracer.Close, nil
}

// Options are those that the HTTP servers of all services have; a service adds its own.
func Options(s Settings, log *slog.Logger, tracer *telemetry.Tracer, db *database.DB, auth *Auth) httpserver.Options {
	o := httpserver.Options{
		Log: log, Tracer: tracer, Auth: auth, Revocations: auth.Revocations, Database: db.Collector(s.Service),
		MetricsAddr: s.metrics(), Ready: append([]httpserver.Check{{Name: "base de datos", Run: db.Ready}}, auth.ready...),
		PerMinute: s.PerMinute(), Production: s.Production(), TrustedProxies: s.TrustedProxies, ProxyHeader: s.ProxyHeader,
		MaxConnections: int(s.MaxConnections), MaxPerAddress: int(s.MaxPerAddress), IdleTimeout: s.IdleTimeout,
	}
	for _, origin := range s.Origins {
		o.Origins = append(o.Origins, string(origin))
	}
	return o
}

// jobsEvery is also the time of one job: the answers of a database may be lost without a sign.
const jobsEvery = 10 * time.Minute

// Job is work in the background. Each instance of a service may do it.
type Job struct {
	Name string // for the log
	Do   func(ctx context.Context) error
}

// Removal is the job that removes rows that are no longer needed; for remove see database.RemoveAll.
func Removal(
	rows string, log *slog.Logger, remove func(ctx context.Context, now time.Time, limit int) (int64, error),
) Job {
	return Job{"remove " + rows, func(ctx context.Context) error {
		n, err := database.RemoveAll(ctx, func(ctx context.Context, limit int) (int64, error) {
			return remove(ctx, database.Now(), limit)
		})
		if n > 0 {
			log.InfoContext(ctx, "old rows removed", "what", rows, "rows", n)
		}
		return err
	}}
}

// repeat does the jobs at once and then every ten minutes until ctx ends, the others also when one fails.
func repeat(ctx context.Context, log *slog.Logger, jobs []Job) {
	ticker := time.NewTicker(jobsEvery)
	defer ticker.Stop()
	var outages []*logging.Outage
	for _, job := range jobs {
		outages = append(outages, &logging.Outage{
			Log: log.With("job", job.Name), Fails: "background job failed; it will be repeated", Works: "background job works again",
		})
	}
	for {
		for i, job := range jobs {
			outages[i].Saw(ctx, job.do(ctx))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (j Job) do(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, jobsEvery)
	defer cancel()
	return j.Do(ctx)
}
