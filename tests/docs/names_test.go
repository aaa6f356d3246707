package docs

import (
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/openapi"
	"github.com/tienda-go/tienda/tests/shop"
)

// TestLinks: every link to a file and a heading of this repository works.
func TestLinks(t *testing.T) {
	t.Parallel()
	for _, d := range documents(t) {
		for _, p := range d.parts() {
			if p.kind != link || strings.HasPrefix(p.text, "https://") {
				continue
			}
			file, heading, _ := strings.Cut(p.text, "#")
			target := path.Join(path.Dir(d.path), file)
			if file == "" {
				target = d.path
			}
			_, err := os.Stat(filepath.Join(shop.Root(), target))
			if !assert.NoError(t, err, "%s links to %s", d.path, p.text) || heading == "" {
				continue
			}
			assert.True(t, slices.ContainsFunc(read(t, target).sections, func(s section) bool { return anchor(s.title) == heading }),
				"%s links to %s, and there is no such heading", d.path, p.text)
		}
	}
}

var (
	filePath = regexp.MustCompile(`^(\./)?[\w.<>{},-]+(/[\w.<>{},-]+)+/?$|^[\w-]+\.(go|md|ya?ml)$`)
	made     = regexp.MustCompile(`^(\./)?(data|bin)(/|$)|^application/|^[a-z]+/v0`) // by commands, media types, tags
	goName   = regexp.MustCompile(`^(?:[a-z]+\.)+([A-Z]\w+)$|^(Test\w+)$`)
)

// TestFiles: the files, folders, tests and exported names of Go that a document names are there.
func TestFiles(t *testing.T) {
	t.Parallel()
	for _, d := range documents(t) {
		for _, p := range d.parts() {
			if m := goName.FindStringSubmatch(p.text); p.kind == inline && m != nil {
				declared := `^\s*((func|type|var|const) (\([^)]*\) )?)?` + m[1] + m[2] + `\b`
				err := exec.CommandContext(t.Context(), "git", "-C", shop.Root(), "grep", "-qE", declared, "--", "*.go").Run()
				assert.NoError(t, err, "%s names %s, and no Go file declares it", d.path, p.text)
			}
			if p.kind != inline || !filePath.MatchString(p.text) || made.MatchString(p.text) {
				continue
			}
			for _, name := range expand(p.text) {
				assert.True(t, exists(d, name), "%s names %s, and there is no %s", d.path, p.text, name)
			}
		}
	}
}

// exists looks beside the document and in the root, in documents of all modules in each service, and for the name of a Go file
// alone, which stands behind a path, everywhere below.
func exists(d document, name string) bool {
	below := func(folder string) bool {
		_, err := os.Stat(filepath.Join(shop.Root(), folder, name))
		return err == nil
	}
	if below(path.Dir(d.path)) || below(".") {
		return true
	}
	if path.Dir(d.path) == "." || path.Dir(d.path) == "docs" {
		return !slices.ContainsFunc(launcher.Names(), func(service string) bool { return !below(service) })
	}
	found, err := exec.Command("git", "-C", filepath.Join(shop.Root(), path.Dir(d.path)), "ls-files", "--", "*/"+name).Output()
	return err == nil && !strings.Contains(name, "/") && len(found) > 0
}

var alternatives = regexp.MustCompile(`\{([^{}]*)\}|<(service|module)>`)

// expand is every name that `a/{b,c}` or `<service>/a` stands for.
func expand(name string) (all []string) {
	m := alternatives.FindStringSubmatch(name)
	if m == nil {
		return []string{name}
	}
	choices := strings.Split(m[1], ",")
	if m[2] != "" {
		choices = launcher.Names()
	}
	for _, choice := range choices {
		all = append(all, expand(strings.ReplaceAll(name, m[0], choice))...)
	}
	return all
}

// TestFolders: the READMEs of kit and of the tests list every package.
func TestFolders(t *testing.T) {
	t.Parallel()
	for _, module := range []string{"kit", "tests"} {
		var want, got []string
		entries, err := os.ReadDir(filepath.Join(shop.Root(), module))
		require.NoError(t, err)
		for _, e := range entries {
			if e.IsDir() {
				want = append(want, e.Name())
			}
		}
		for _, s := range read(t, module+"/README.md").sections {
			for _, r := range s.rows {
				got = append(got, r.spans[0]...)
			}
		}
		assert.ElementsMatch(t, want, got, "%s/README.md", module)
	}
}

var variable = regexp.MustCompile(`^[A-Z][A-Z_]*[A-Z]$`)

// configured are the variables in the first column of a document's table.
func configured(d document) (names []string) {
	for _, s := range d.sections {
		for _, r := range s.rows {
			for _, span := range r.spans[0] {
				if variable.MatchString(span) {
					names = append(names, span)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

// reads are the variables that structs of a Go file are filled from.
func reads(t *testing.T, file string) (names []string) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(shop.Root(), file))
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`env:"([A-Z_]+)`).FindAllStringSubmatch(string(source), -1) {
		names = append(names, m[1])
	}
	return names
}

// TestVariables: the tables of variables have what the services read, all of it and nothing else.
func TestVariables(t *testing.T) {
	t.Parallel()
	everything := map[string]bool{}
	for _, name := range reads(t, "tests/launcher/plan.go") {
		everything[name] = true
	}
	for _, service := range launcher.Names() {
		var own []string
		for _, file := range []string{path.Join(service, "cmd", service, "config.go"), "kit/service/config.go",
			"kit/config/config.go"} {
			own = append(own, reads(t, file)...)
		}
		slices.Sort(own)
		assert.Equal(t, own, configured(read(t, service+"/README.md")), "%s/README.md and what %s reads", service, service)
		for _, name := range own {
			everything[name] = true
		}
	}
	assert.Equal(t, slices.Sorted(maps.Keys(everything)), configured(read(t, "docs/setup.md")),
		"docs/setup.md and what the services and make run read")
}

var (
	operation = regexp.MustCompile(`^(GET|POST|PUT|PATCH|DELETE) (/[^? ]*)`)
	codigo    = regexp.MustCompile(`\b[A-Z]+_[A-Z_]*[A-Z]\b`)
)

// TestOperations: the tables of operations have those of the OpenAPI documents, all of them and no other, and the codes of
// refusals are some that the services can answer.
func TestOperations(t *testing.T) {
	t.Parallel()
	all, err := openapi.Committed(t.Context(), shop.Root(), launcher.Names()...)
	require.NoError(t, err)
	reference := read(t, "docs/api_reference.md")
	for _, o := range all {
		want := map[string]bool{}
		for _, operation := range o.Operations {
			if !strings.HasPrefix(operation.Path, "/health/") {
				want[operation.String()] = true
			}
		}
		tables := map[string][]section{o.Service + "/README.md": read(t, o.Service+"/README.md").sections}
		for _, s := range reference.sections {
			if strings.HasPrefix(s.title, o.Service+", ") {
				tables[reference.path] = []section{s}
			}
		}
		require.Len(t, tables, 2, "%s has no section for %s", reference.path, o.Service)
		for where, sections := range tables {
			got := map[string]bool{}
			for _, s := range sections {
				for _, r := range s.rows {
					if operations := operationsOf(r); len(operations) > 0 {
						maps.Copy(got, operations)
						assertCodes(t, where, o.Service, r.text)
					}
				}
			}
			assert.Equal(t, want, got, "%s and %s/openapi.yaml", where, o.Service)
		}
	}
}

func operationsOf(r row) map[string]bool {
	found := map[string]bool{}
	for _, span := range r.spans[0] {
		if m := operation.FindStringSubmatch(span); m != nil {
			found[m[1]+" "+m[2]] = true
		}
	}
	return found
}

func assertCodes(t *testing.T, where, service, text string) {
	t.Helper()
	for _, code := range codigo.FindAllString(text, -1) {
		err := exec.CommandContext(t.Context(), "git", "-C", shop.Root(), "grep", "-q", `"`+code+`"`, "--", service+"/*.go", "kit/*.go",
			":!*_test.go").Run()
		assert.NoError(t, err, "%s: %s never answers %s", where, service, code)
	}
}
