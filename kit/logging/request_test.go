package logging_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/logging"
)

const sample = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" // from the W3C recommendation

func TestNewRequest_malformed_traceparent(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{
		"empty":            "",
		"version_ff":       "ff" + sample[2:],
		"version_01":       "01" + sample[2:],
		"upper_case":       strings.ToUpper(sample),
		"zero_trace":       "00-" + strings.Repeat("0", 32) + sample[35:],
		"zero_parent":      sample[:36] + strings.Repeat("0", 16) + "-01",
		"not_hex":          strings.Replace(sample, "4bf9", "4bg9", 1),
		"flags_not_hex":    sample[:53] + "0x",
		"too_long":         sample + "-00",
		"too_short":        sample[:54],
		"other_separators": strings.ReplaceAll(sample, "-", "_"),
		"moved_separator":  "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
		"newline":          sample[:54] + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := logging.NewRequest("", header)
			assert.NotContains(t, header, r.TraceID)
			assert.Equal(t, "00-"+r.TraceID+"-"+r.SpanID+"-01", r.Traceparent())
		})
	}
}

func TestNewRequest(t *testing.T) {
	t.Parallel()
	t.Run("carries_on_the_trace_of_its_caller", func(t *testing.T) {
		t.Parallel()
		r := logging.NewRequest("abc", strings.TrimSuffix(sample, "01")+"fe")
		assert.Equal(t, "abc", r.ID)
		assert.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", r.TraceID)
		assert.NotEqual(t, "00f067aa0ba902b7", r.SpanID, "each service has a span of its own")
		assert.Equal(t, "00-"+r.TraceID+"-"+r.SpanID+"-fe", r.Traceparent())
	})
	t.Run("begins_a_trace", func(t *testing.T) {
		t.Parallel()
		seen := map[string]bool{}
		for range 1000 {
			r := logging.NewRequest("", "nonsense")
			next := logging.NewRequest("", r.Traceparent())
			require.Equal(t, r.TraceID, next.TraceID, "the header is well formed")
			require.Len(t, r.ID, 32)
			for _, id := range []string{r.ID, r.TraceID, r.SpanID} {
				require.False(t, seen[id])
				seen[id] = true
			}
		}
	})
	t.Run("a_request_without_trace_has_no_header", func(t *testing.T) {
		t.Parallel()
		assert.Empty(t, logging.Request{ID: "x"}.Traceparent())
	})
}
