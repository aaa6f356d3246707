package logging_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// spoken is an error whose texts for clients and for the log differ.
type spoken struct{}

func (spoken) Error() string   { return "SIN_STOCK: No quedan unidades." }
func (spoken) LogText() string { return "SIN_STOCK: refused" }

func TestText_is_one_bounded_line(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"plain":           {"ana@tienda.es", "ana@tienda.es"},
		"letters":         {"Peñarrubia — ya", "Peñarrubia — ya"},
		"breaks":          {errors.Join(errors.New("one"), errors.New("two\n\t three")), "one; two; three"},
		"only_breaks":     {"\n\t", ""},
		"terminal":        {"a\x1b[31m\u009b2J\x7f", `a\u001b[31m\u009b2J\u007f`},
		"direction":       {"a\u202eb\u2028c", `a\u202eb\u2028c`},
		"not_UTF-8":       {"a\xffb", `a\xffb`},
		"for_the_log":     {fmt.Errorf("place order: %w", spoken{}), "place order: SIN_STOCK: refused"},
		"joined":          {errors.Join(spoken{}, fmt.Errorf("read: %w", spoken{})), "SIN_STOCK: refused; read: SIN_STOCK: refused"},
		"inside_a_struct": {map[string]any{"k": []string{"a\nb"}}, "map[k:[a; b]]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := line(t, func(ctx context.Context, log *slog.Logger) { log.InfoContext(ctx, "x", "value", c.value) })
			assert.Equal(t, c.want, fmt.Sprint(got["value"]))
		})
	}
	_, text := line(t, func(ctx context.Context, log *slog.Logger) {
		long := strings.Repeat("ñ", 100_000)
		log.InfoContext(ctx, "x", "a", long, "error", errors.New(long), "b", []byte(long))
	})
	assert.Less(t, len(text), 4000)
}
