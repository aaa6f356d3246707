// Package docs checks the documents: each command in them is run, each example is a real answer, and each file, variable,
// operation and code that they name exists.
package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/shop"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// document is a Markdown file of the repository.
type document struct {
	path     string // from the root
	sections []section
}

// section is a heading and what stands below it, up to the next one.
type section struct {
	level int
	title string
	parts []part // in the order of the text
	rows  []row
}

type kind int

const (
	block  kind = iota // fenced code
	inline             // a code span
	link
)

// part is something in a document that can be wrong.
type part struct {
	kind     kind
	language string // of a block
	text     string // of a link its target
}

// row is one of a table: its cells, and the code spans of each.
type row struct {
	text  string
	spans [][]string
}

// documents are README.md and README.es.md, docs/ and the modules' READMEs. Decisions (docs/adr) and changelogs are left out,
// because they describe the past.
func documents(t testing.TB) []document {
	t.Helper()
	var all []document
	for _, pattern := range []string{"*.md", "docs/*.md", "*/README.md"} {
		files, err := filepath.Glob(filepath.Join(shop.Root(), pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			path, err := filepath.Rel(shop.Root(), file)
			require.NoError(t, err)
			all = append(all, read(t, filepath.ToSlash(path)))
		}
	}
	return all
}

var markdown = goldmark.New(goldmark.WithExtensions(extension.Table))

func read(t testing.TB, path string) document {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(shop.Root(), path))
	require.NoError(t, err)
	d := document{path: path, sections: []section{{}}}
	err = ast.Walk(markdown.Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		last := &d.sections[len(d.sections)-1]
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			d.sections = append(d.sections, section{level: n.Level, title: plain(n, source)})
		case *ast.FencedCodeBlock:
			last.parts = append(last.parts, part{block, string(n.Language(source)), string(n.Lines().Value(source))})
		case *ast.CodeSpan:
			last.parts = append(last.parts, part{kind: inline, text: plain(n, source)})
		case *ast.Link:
			last.parts = append(last.parts, part{kind: link, text: string(n.Destination)})
		case *east.TableRow:
			last.rows = append(last.rows, tableRow(n, source))
		}
		return ast.WalkContinue, nil
	})
	require.NoError(t, err, path)
	return d
}

func tableRow(n *east.TableRow, source []byte) row {
	r := row{text: plain(n, source)}
	for cell := n.FirstChild(); cell != nil; cell = cell.NextSibling() {
		var spans []string
		_ = ast.Walk(cell, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if span, is := n.(*ast.CodeSpan); is && entering {
				spans = append(spans, plain(span, source))
			}
			return ast.WalkContinue, nil
		})
		r.spans = append(r.spans, spans)
	}
	return r
}

// plain is the text of a node without its markup.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, is := n.(*ast.Text); is && entering {
			b.Write(t.Segment.Value(source))
			if t.SoftLineBreak() {
				b.WriteByte(' ')
			}
		}
		if _, is := n.(*east.TableCell); is && !entering {
			b.WriteByte('\n')
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

var notInAnchors = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchor is the name that a heading has in links, on the usual hosts of repositories.
func anchor(title string) string {
	return strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}

// parts are those of all sections, in the order of the text.
func (d document) parts() (all []part) {
	for _, s := range d.sections {
		all = append(all, s.parts...)
	}
	return all
}
