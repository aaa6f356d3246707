package docs

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTwin: README.es.md is README.md in Spanish: the same sections, commands, files and links in each, and tables with as many
// rows.
func TestTwin(t *testing.T) {
	t.Parallel()
	english, spanish := read(t, "README.md"), read(t, "README.es.md")
	require.Len(t, spanish.sections, len(english.sections), "sections")
	for i, e := range english.sections {
		s := spanish.sections[i]
		assert.Equal(t, e.level, s.level, "%q and %q", e.title, s.title)
		assert.Len(t, s.rows, len(e.rows), "%q and %q", e.title, s.title)
		assert.Equal(t, untranslated(e), untranslated(s), "%q and %q", e.title, s.title)
	}
}

// untranslated is what a section has that is the same in every language. Code spans and links have another order where the
// sentence has.
func untranslated(s section) (all []string) {
	for _, p := range s.parts {
		switch {
		case p.kind == block && p.language == "mermaid":
			first, _, _ := strings.Cut(p.text, "\n")
			all = append(all, first)
		case p.kind == block:
			all = append(all, commands(p.text)...)
		case p.kind == link && (p.text == "README.md" || p.text == "README.es.md"): // each other
		default:
			all = append(all, p.text)
		}
	}
	slices.Sort(all)
	return all
}
