package service

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// seen is a log that the test reads while the jobs write into it.
type seen struct {
	sync.Mutex
	bytes.Buffer
}

func (s *seen) Write(p []byte) (int, error) {
	s.Lock()
	defer s.Unlock()
	return s.Buffer.Write(p)
}

func (s *seen) String() string {
	s.Lock()
	defer s.Unlock()
	return s.Buffer.String()
}

func TestRepeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lines seen
		log := slog.New(slog.NewTextHandler(&lines, nil))
		ctx, stop := context.WithCancel(t.Context())
		var water atomic.Bool
		removed, left := make(chan int, 9), make(chan int, 9) // rows of each statement
		for _, n := range []int{1000, 1000, 500} {
			left <- n
		}
		go repeat(ctx, log, []Job{
			{Name: "wash", Do: func(context.Context) error {
				if water.Load() {
					return nil
				}
				return errors.New("no water")
			}},
			Removal("leaves", log, func(_ context.Context, now time.Time, limit int) (int64, error) {
				assert.Equal(t, now, time.Now().UTC().Truncate(time.Microsecond))
				n := 0
				select {
				case n = <-left:
					removed <- n
				default:
				}
				assert.LessOrEqual(t, n, limit)
				return int64(n), nil
			}),
		})
		for _, n := range []int{1000, 1000, 500} {
			assert.Equal(t, n, <-removed, "at once, and until no row is left")
		}
		synctest.Wait()
		assert.Contains(t, lines.String(), "what=leaves rows=2500")
		assert.Equal(t, 1, strings.Count(lines.String(), `job=wash error="no water"`))

		left <- 1
		assert.Equal(t, 1, <-removed, "after jobsEvery")
		synctest.Wait()
		assert.Equal(t, 1, strings.Count(lines.String(), "no water"), "said once")
		water.Store(true)
		left <- 1
		assert.Equal(t, 1, <-removed)
		synctest.Wait()
		assert.Equal(t, 1, strings.Count(lines.String(), `msg="background job works again" job=wash`))
		stop()
		synctest.Wait()
		left <- 1
		time.Sleep(2 * jobsEvery)
		assert.Empty(t, removed, "it ended")
	})
}

// A job that never ends by itself must not keep the others from their turn.
func TestRepeat_a_job_that_hangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lines seen
		ctx, stop := context.WithCancel(t.Context())
		var turns atomic.Int64
		go repeat(ctx, slog.New(slog.NewTextHandler(&lines, nil)), []Job{
			{Name: "hang", Do: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
			{Name: "work", Do: func(context.Context) error { turns.Add(1); return nil }},
		})
		time.Sleep(3*jobsEvery + time.Second)
		synctest.Wait()
		assert.EqualValues(t, 3, turns.Load())
		assert.Equal(t, 1, strings.Count(lines.String(), `job=hang error="context deadline exceeded"`))
		stop()
		synctest.Wait()
	})
}
