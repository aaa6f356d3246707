package service

import (
	"context"
	"log/slog"
	"time"

	"github.com/tienda-go/tienda/kit/database"
)

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
	for {
		for _, job := range jobs {
			if err := job.Do(ctx); err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "background job failed; it will be repeated", "job", job.Name, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
