package service

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestRepeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lines bytes.Buffer
		log := slog.New(slog.NewTextHandler(&lines, nil))
		ctx, stop := context.WithCancel(t.Context())
		var rows []int
		old := 2500
		go repeat(ctx, log, []Job{
			{Name: "wash", Do: func(context.Context) error { return errors.New("no water") }},
			Removal("leaves", log, func(_ context.Context, now time.Time, limit int) (int64, error) {
				assert.Equal(t, now, time.Now().UTC().Truncate(time.Microsecond))
				n := min(old, limit)
				old -= n
				rows = append(rows, n)
				return int64(n), nil
			}),
		})
		synctest.Wait()
		assert.Equal(t, []int{1000, 1000, 500}, rows, "at once, and until no row is left")
		assert.Contains(t, lines.String(), "what=leaves rows=2500")
		assert.Equal(t, 1, strings.Count(lines.String(), `job=wash error="no water"`))

		old = 1
		time.Sleep(jobsEvery)
		synctest.Wait()
		assert.Equal(t, []int{1000, 1000, 500, 1}, rows)
		assert.Equal(t, 2, strings.Count(lines.String(), "no water"))
		stop()
		synctest.Wait()
		time.Sleep(2 * jobsEvery)
		assert.Len(t, rows, 4, "it ended")
	})
}
