//go:build unix

package docs

import (
	"encoding/json"
	"maps"
	"net"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/scratch"
	"github.com/tienda-go/tienda/tests/shop"

	"github.com/tienda-go/tienda/kit/dbtest"
)

// way is how a command is run that does not simply end, with exit code 0.
type way struct {
	serves []string // it goes on; these addresses answer then
	input  string   // what is typed when it asks
	by     string   // not here: this file runs it, which CI runs
	has    string   // the words of that file that do
	dry    bool     // not run: it needs Docker or a long time; make --dry-run runs instead
}

var (
	everything = []string{
		"http://localhost:8000/health/ready", "http://localhost:8001/health/ready", "http://localhost:8002/health/ready",
		"http://localhost:8003/health/ready",
	}
	ci      = func(has string) way { return way{by: ".ci/run", has: has} }
	alone   = ci(`make -C "$module" build test`)
	docker  = func(has string) way { return way{by: "tests/images/docker_test.go", has: has} } // by make docker-test
	own     = func(file, has string) way { return way{by: file, has: has} }                    // by the test itself, in this module
	release = func(args string) way {
		return way{by: "tests/release/release_test.go", has: `s.Must("make", ` + args}
	}
)

// ways are by the first words of the command, as documents have it; the longest one counts.
var ways = map[string]way{
	"make run":                {serves: everything},
	"make -C .. run":          {serves: everything},
	"go run ./cmd/auth":       {serves: []string{"http://127.0.0.1:8000/docs"}},
	"go run ./cmd/productos":  {serves: []string{"http://127.0.0.1:8001/docs"}},
	"go run ./cmd/inventario": {serves: []string{"http://127.0.0.1:8002/docs"}},
	"go run ./cmd/pedidos":    {serves: []string{"http://127.0.0.1:8003/docs"}},

	"go run ./cmd/auth admin create": {input: "marta\nmarta@example.com\ntres palabras juntas\ntres palabras juntas\n"},

	"make generate":                      ci("make generate"),
	"make -C .. generate":                ci("make generate"),
	"make build":                         ci("make build"),
	"make test":                          ci("make test"),
	"make race":                          ci("make race"),
	"make lint":                          ci("make lint"),
	"make check":                         ci("make check"),
	"make chaos":                         ci("make chaos SEED=42 RUNS=1"),
	"make fuzz":                          ci("make fuzz N=100000 SEED=7"),
	"make contracts":                     ci("make contracts"),
	"make contracts-write":               ci("make contracts-write"),
	"make -C .. contracts":               ci("make contracts"),
	"make -C .. contracts-write":         ci("make contracts-write"),
	"make -C pedidos test":               alone,
	"make test ARGS=-short":              alone, // of a module
	"go test ./...":                      alone,
	"go test ./tests/e2e -run TestFlood": own("tests/e2e/flood_test.go", "func TestFlood_does_not_keep_others_out("),
	"go test -run TestPlans":             own("tests/matrix/plans_test.go", "func TestPlans("),
	"go test -v -run TestScaleOut":       own("tests/load/scale_test.go", "func TestScaleOut("),
	"make release MOD=kit":               release(`"release", "MOD="+module`),
	"make release MOD=pedidos":           release(`"release", "MOD="+module`),
	"make -C .. release":                 release(`"release", "MOD=kit"`),
	"make verify-release":                release(`"verify-release", "MOD=pedidos"`),
	"make test-long":                     {dry: true},
	"make -C .. test-long":               {dry: true},
	"make bench":                         {dry: true},
	"make bench-compare":                 {dry: true},
	"make -C .. bench":                   {dry: true},
	"make contracts-bite":                {dry: true},
	"make up":                            docker(`c.must("make", "up")`),
	"make down":                          docker(`c.must("make", "down")`),
	"make docker-test":                   ci("make docker-test"),
	"make -C .. docker-test":             ci("make docker-test"),
	"docker build":                       docker(`c.must("docker", "build", "-f", "pedidos/Dockerfile"`),
	"docker compose exec auth":           docker(`"exec", "-T", "auth", "/auth", "password", "reset", "admin"`),
	"docker compose run --rm":            docker(`docker compose run --rm -T auth keys reset`),
}

// find is the way of a command, and the key that it was found by.
func find(command string) (w way, key string) {
	for begin, candidate := range ways {
		if strings.HasPrefix(command+" ", begin+" ") && len(begin) > len(key) {
			w, key = candidate, begin
		}
	}
	return w, key
}

// TestCommands runs every command of every document in a copy of the repository, in order, and compares the examples of answers
// with the real answers.
func TestCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs what the documents say")
	}
	t.Parallel()
	copied := scratch.New(t)
	database := postgres(t)
	used := map[string]bool{}
	for _, d := range documents(t) {
		if d.path == "README.es.md" {
			continue // TestTwin: it has the commands of README.md
		}
		follow := func(demo string) func(t *testing.T) {
			return func(t *testing.T) {
				dir := filepath.Join(copied.Root, path.Dir(d.path))
				if path.Dir(d.path) == "docs" {
					dir = copied.Root
				}
				require.NoError(t, os.RemoveAll(filepath.Join(dir, "data")))
				r := reader{t: t, session: newSession(t, dir, database), used: used, done: map[string]bool{}, demo: demo}
				for _, p := range d.parts() {
					r.read(p)
				}
				r.unexplained()
			}
		}
		t.Run(d.path, follow(""))
		if d.path == "docs/api_reference.md" {
			t.Run(d.path+" after the demo", follow("make demo"))
		}
	}
	assert.Equal(t, slices.Sorted(maps.Keys(ways)), slices.Sorted(maps.Keys(used)), "ways that no document goes any more")
	assert.Empty(t, copied.Must("git", "status", "--porcelain"), "the commands change nothing that is committed")
}

// reader follows a document.
type reader struct {
	t       *testing.T
	session *session
	used    map[string]bool // keys of ways
	done    map[string]bool // commands
	answer  string          // of the last command
	refused string          // the last command, if a service refused what it asked
	demo    string          // a command to type first in a shop that was started
}

// program begins a code span that is a command.
var program = regexp.MustCompile(`^(make|go (run|test|build)|docker|curl|openssl|sh|git|npm|promtool|cp|rm) .|^[A-Z_]+=\S* .`)

func (r *reader) read(p part) {
	switch {
	case p.kind == inline && program.MatchString(p.text) && !r.done[p.text]:
		r.run(p.text)
	case p.kind == block && p.language == "sh":
		for _, command := range commands(p.text) {
			r.run(command)
		}
	case p.kind == block && p.language == "json":
		r.compare(p.text)
	case p.kind == block:
		assert.Contains(r.t, []string{"text", "mermaid"}, p.language, "a block of code is sh, json, text or mermaid:\n%s", p.text)
	}
}

var comment = regexp.MustCompile(`(^|\s+)#.*$`)

// commands are the lines of a script, those that end with a backslash together with the next, without comments.
func commands(script string) (all []string) {
	script = strings.ReplaceAll(script, "\\\n", "")
	for line := range strings.Lines(script) {
		if command := comment.ReplaceAllString(strings.TrimSpace(line), ""); command != "" {
			all = append(all, command)
		}
	}
	return all
}

func (r *reader) run(command string) {
	r.t.Helper()
	r.unexplained()
	w, key := find(command)
	r.done[command] = true
	if key != "" {
		r.used[key] = true
	}
	start := time.Now()
	switch {
	case w.by != "":
		require.True(r.t, runs(r.t, w.by, w.has), "%s is to be run by %s, which has no %s", command, w.by, w.has)
		r.t.Logf("%-60s by %s", command, w.by)
		return
	case len(w.serves) > 0:
		r.session.serve(command, w.serves)
		if r.demo != "" {
			output, code := r.session.run(r.demo, "")
			require.Zero(r.t, code, "%s\n%s", r.demo, output)
		}
	default:
		typed := command
		if w.dry {
			typed = strings.Replace(command, "make ", "make --dry-run ", 1)
		}
		output, code := r.session.run(typed, w.input)
		require.Zero(r.t, code, "%s\n%s", command, output)
		r.answer = output
		if strings.Contains(output, `"type":"/problemas/`) {
			r.refused = command
		}
	}
	r.t.Logf("%-60s %.1f s", command, time.Since(start).Seconds())
}

// runs reports whether a script has a command, at the beginning of a line, or a Go file these words.
func runs(t *testing.T, file, words string) bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(shop.Root(), file))
	require.NoError(t, err)
	if path.Ext(file) == ".go" {
		return strings.Contains(string(text), words)
	}
	return regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(words) + `( |$)`).Match(text)
}

// unexplained fails for a command that was refused and does not stand above an example of that refusal.
func (r *reader) unexplained() {
	r.t.Helper()
	require.Empty(r.t, r.refused, "refused, and the document does not say so:\n%s", r.answer)
}

// compare compares an example with the last answer, which must be the same except for times and ids.
func (r *reader) compare(example string) {
	r.t.Helper()
	r.refused = ""
	var want, got any
	require.NoError(r.t, json.Unmarshal([]byte(example), &want), "an example is JSON:\n%s", example)
	require.NoError(r.t, json.Unmarshal([]byte(r.answer), &got),
		"an example stands below the command that it is the answer of; that answered:\n%s", r.answer)
	assert.Equal(r.t, completed(want, got), got, "the example\n%s\nand the answer\n%s", example, r.answer)
}

// moment is a time, or the id of a request.
var moment = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$|^[0-9a-f]{32}$`)

// ids are members that count what there was before in the shop.
var ids = []string{"id", "producto_id", "pedido_id", "usuario_id"}

// completed is an example with the answer's ids and moments, and its texts where the example cuts them short with "…".
func completed(example, answer any) any {
	switch e := example.(type) {
	case map[string]any:
		a, _ := answer.(map[string]any)
		for name := range e {
			_, number := a[name].(float64)
			if _, same := e[name].(float64); same && number && slices.Contains(ids, name) {
				e[name] = a[name]
			}
			e[name] = completed(e[name], a[name])
		}
	case []any:
		a, _ := answer.([]any)
		for i := range min(len(e), len(a)) {
			e[i] = completed(e[i], a[i])
		}
	case string:
		a, _ := answer.(string)
		begin, cut := strings.CutSuffix(e, "…")
		if cut && strings.HasPrefix(a, begin) || moment.MatchString(e) && moment.MatchString(a) {
			return a
		}
	}
	return example
}

// postgres is the port of a server with nothing in it: docs/setup.md makes the role and the databases.
func postgres(t *testing.T) string {
	t.Helper()
	_, port, err := net.SplitHostPort(dbtest.StartCluster(t).Address())
	require.NoError(t, err)
	return port
}
