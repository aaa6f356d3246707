package logging_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tienda-go/tienda/kit/logging"
)

func TestOutage_says_each_change_once(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := logging.Outage{Log: slog.New(slog.NewTextHandler(&out, nil)), Fails: "no water", Works: "water again"}
	ended, end := context.WithCancel(t.Context())
	end()
	boom := errors.New("boom")
	o.Saw(t.Context(), nil)
	o.Saw(ended, boom)
	assert.Empty(t, out.String(), "it works, and the end of a process is no failure")
	for range 2 {
		for range 3 {
			o.Saw(t.Context(), boom, "house", 7)
		}
		for range 3 {
			o.Saw(t.Context(), nil)
		}
	}
	assert.Equal(t, 2, strings.Count(out.String(), `level=WARN msg="no water" house=7 error=boom`))
	assert.Equal(t, 2, strings.Count(out.String(), `level=INFO msg="water again"`))
	assert.Equal(t, 4, strings.Count(out.String(), "\n"))
}
