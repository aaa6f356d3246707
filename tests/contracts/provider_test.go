//go:build pact

package contracts

import (
	"encoding/json"
	"io"
	"log"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	pactlog "github.com/pact-foundation/pact-go/v2/log"
	"github.com/pact-foundation/pact-go/v2/models"
	"github.com/pact-foundation/pact-go/v2/provider"
	"github.com/stretchr/testify/require"
)

// TestMain silences Pact's own output: the tests below print the differences.
func TestMain(m *testing.M) {
	log.SetOutput(io.Discard)
	if err := pactlog.SetLogLevel("ERROR"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestProviders sends the real services every request that a consumer relies on. Not in parallel: see captured.
func TestProviders(t *testing.T) {
	for name, begin := range map[string]func(*testing.T) *world{"auth": authWorld, "productos": productosWorld,
		"inventario": inventarioWorld} {
		t.Run(name, func(t *testing.T) {
			w := begin(t)
			for _, consumer := range consumersOf(t, name) {
				t.Run(consumer, func(t *testing.T) { w.verify(t, consumer) })
				if name == "auth" {
					t.Run(consumer+"_reads_tokens", func(t *testing.T) { w.verifyTokens(t, consumer) })
				}
			}
		})
	}
}

// consumersOf are the services that have a contract with a provider.
func consumersOf(t *testing.T, name string) (consumers []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("pacts", "*-"+name+".json"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "no consumer relies on %s? Run make contracts-write", name)
	for _, file := range files {
		consumers = append(consumers, strings.TrimSuffix(filepath.Base(file), "-"+name+".json"))
	}
	return consumers
}

// verify sends the requests of a consumer's contract.
func (w *world) verify(t *testing.T, consumer string) {
	t.Helper()
	file := filepath.Join("pacts", consumer+"-"+w.name+".json")
	if !w.reachable(t, consumer, file) {
		return
	}
	good := w.token(consumer)
	handlers := models.StateHandlers{}
	for name, err := range w.states {
		handlers[name] = func(bool, models.ProviderState) (models.ProviderStateResponse, error) { return nil, err }
	}
	handlers[databaseDown] = func(down bool, _ models.ProviderState) (models.ProviderStateResponse, error) {
		return nil, w.setDatabase(down)
	}
	request := provider.VerifyRequest{
		Provider: w.name, ProviderBaseURL: w.url, PactFiles: []string{file}, StateHandlers: handlers, DisableColoredOutput: true,
		RequestFilter: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "Bearer "+goodToken {
					r.Header.Set("Authorization", "Bearer "+good)
				}
				next.ServeHTTP(rw, r)
			})
		},
	}
	var err error
	said := captured(t, func() { err = provider.NewVerifier().VerifyProvider(t, request) })
	if err != nil {
		t.Errorf("%[1]s no longer answers as %[2]s relies on. tests/contracts/%[3]s and the answers differ:\n%[4]s\n"+
			"Mend %[1]s, or agree on another contract with the owners of /%[2]s in CODEOWNERS (docs/modules.md).", w.name, consumer, file,
			differences(said))
	}
}

// captured is the output of Pact's library, which bypasses Go's os.Stdout, while f runs alone.
func captured(t *testing.T, f func()) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "said"))
	require.NoError(t, err)
	defer file.Close()
	ours, err := syscall.Dup(syscall.Stdout)
	require.NoError(t, err)
	defer syscall.Close(ours)
	require.NoError(t, syscall.Dup3(int(file.Fd()), syscall.Stdout, 0))
	func() {
		defer func() { require.NoError(t, syscall.Dup3(ours, syscall.Stdout, 0)) }()
		f()
	}()
	said, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	return string(said)
}

// differences are those that Pact found; its whole output, when they cannot be extracted.
func differences(said string) string {
	_, after, found := strings.Cut(said, "\nFailures:\n")
	failures, _, complete := strings.Cut(after, "\nThere were ")
	if !found || !complete {
		return said
	}
	return strings.TrimSpace(failures)
}

// interaction is what the tests read of one in a pact.
type interaction struct {
	ProviderStates []struct{ Name string }
	Request        struct{ Method, Path string }
	Response       struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
}

func interactions(t *testing.T, file string) []interaction {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	var pact struct{ Interactions []interaction }
	require.NoError(t, json.Unmarshal(raw, &pact))
	require.NotEmpty(t, pact.Interactions)
	return pact.Interactions
}

// reachable returns the states of a contract that cannot be set up: then it is unknown whether the provider keeps the contract.
// Pact itself ignores unknown states.
func (w *world) reachable(t *testing.T, consumer, file string) bool {
	t.Helper()
	wanted := map[string]bool{}
	for _, i := range interactions(t, file) {
		for _, state := range i.ProviderStates {
			wanted[state.Name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		require.Contains(t, slices.Sorted(maps.Keys(w.states)), name, "a state of %s that world_test.go cannot bring about", file)
		if err := w.states[name]; err != nil {
			t.Errorf("What %[1]s relies on cannot be asked of %[2]s, which does not come into the state %[3]q:\n%[4]v\n"+
				"That is no contract, but what tests/contracts/world_test.go asks for: let it ask as %[2]s wants it now, or mend %[2]s.",
				consumer, w.name, name, err)
		}
	}
	return !t.Failed()
}
