//go:build pact

package contracts

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/httpclient"
	"github.com/tienda-go/tienda/kit/resilience"
)

// exchange is one request, with the state in which it is sent, and the answer that the consumer can use.
type exchange struct {
	name         string // what the consumer wants, in its own words
	state        string // one of states; "" = any
	method, path string
	query        map[string]string
	header       map[string]matchers.Matcher
	body         any    // JSON
	form         string // a form instead
	status       int
	answerHeader map[string]matchers.Matcher
	problem      bool // the answer is application/problem+json
	answer       any  // its JSON; matchers where not one value alone is right

	use func(t *testing.T, url string) // runs the consumer's adapter and checks what it made of the answer
}

type object map[string]any

// contract runs a consumer through its exchanges with a provider, and compares what was written down with the committed file.
func contract(t *testing.T, consumerName, providerName string, exchanges []exchange) {
	t.Helper()
	dir := t.TempDir()
	for _, e := range exchanges {
		t.Run(strings.ReplaceAll(e.name, " ", "_"), func(t *testing.T) {
			pact, err := consumer.NewV3Pact(consumer.MockHTTPProviderConfig{
				Consumer: consumerName, Provider: providerName, PactDir: dir, LogDir: t.TempDir(),
			})
			require.NoError(t, err)
			require.NoError(t, e.describe(t, pact).ExecuteTest(t, func(server consumer.MockServerConfig) error {
				e.use(t, fmt.Sprintf("http://%s:%d", server.Host, server.Port))
				return nil
			}))
		})
	}
	if t.Failed() {
		t.Fatalf("%[1]s no longer asks %[2]s, or makes of its answers, what tests/contracts/%[2]s_test.go says. If that is meant, "+
			"change that file, then run `make contracts-write`.", consumerName, providerName)
	}
	compare(t, consumerName, providerName, filepath.Join(dir, consumerName+"-"+providerName+".json"))
}

func (e exchange) describe(t *testing.T, pact *consumer.V3HTTPMockProvider) *consumer.V3InteractionWithResponse {
	t.Helper()
	question := pact.AddInteraction()
	if e.state != "" {
		question = question.Given(e.state)
	}
	asked := question.UponReceiving(e.name).WithRequest(consumer.Method(e.method), e.path, func(b *consumer.V3RequestBuilder) {
		for name, value := range e.query {
			b.Query(name, matchers.S(value))
		}
		for name, value := range e.header {
			b.Header(name, value)
		}
		if e.body != nil {
			b.JSONBody(e.body)
		}
		if e.form != "" {
			b.Body("application/x-www-form-urlencoded", []byte(e.form))
		}
	})
	return asked.WillRespondWith(e.status, func(b *consumer.V3ResponseBuilder) {
		for name, value := range e.answerHeader {
			b.Header(name, value)
		}
		kind := "application/json"
		if e.problem {
			kind = "application/problem+json"
		}
		if e.answer != nil {
			text, err := json.Marshal(e.answer)
			require.NoError(t, err)
			b.Body(kind, text)
		}
	})
}

// compare fails when the contract is not the committed one: then the provider's team must agree, before the change is merged.
func compare(t *testing.T, consumerName, providerName, written string) {
	t.Helper()
	now := canonical(t, written)
	committed := filepath.Join("pacts", consumerName+"-"+providerName+".json")
	if os.Getenv("CONTRACTS_WRITE") != "" {
		require.NoError(t, os.WriteFile(committed, now, 0o644))
		return
	}
	before, err := os.ReadFile(committed)
	if err == nil && bytes.Equal(before, now) {
		return
	}
	t.Fatalf("What %[1]s expects of %[2]s is no longer what tests/contracts/%[3]s says%[4]s.\n"+
		"If that is meant, run `make contracts-write`, commit the file, and let the owners of /%[2]s in CODEOWNERS agree.",
		consumerName, providerName, committed, firstDifference(before, now))
}

// canonical is a pact without the name and version of the library that wrote it, in an order that is always the same.
func canonical(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	var pact struct {
		Consumer     object   `json:"consumer"`
		Provider     object   `json:"provider"`
		Interactions []object `json:"interactions"`
		Metadata     object   `json:"metadata"`
	}
	require.NoError(t, json.Unmarshal(raw, &pact))
	slices.SortFunc(pact.Interactions, func(a, b object) int {
		return cmp.Compare(fmt.Sprint(a["description"]), fmt.Sprint(b["description"]))
	})
	pact.Metadata = object{"pactSpecification": object{"version": "3.0.0"}}
	text := &bytes.Buffer{}
	encoder := json.NewEncoder(text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(pact))
	return text.Bytes()
}

func firstDifference(before, now []byte) string {
	if before == nil {
		return " (there is no such file yet)"
	}
	old, fresh := strings.Split(string(before), "\n"), strings.Split(string(now), "\n")
	for i := range min(len(old), len(fresh)) {
		if old[i] != fresh[i] {
			return fmt.Sprintf(", in line %d:\n- %s\n+ %s", i+1, strings.TrimSpace(old[i]), strings.TrimSpace(fresh[i]))
		}
	}
	return fmt.Sprintf(": %d lines became %d", len(old), len(fresh))
}

// client is a consumer's client of a peer as its wiring makes it, but without retries: each exchange is sent once.
func client(peer, url string, tokens httpclient.TokenSource) *httpclient.Client {
	return httpclient.New(httpclient.Options{
		Peer: peer, BaseURL: url, Tokens: tokens, Policy: resilience.New(resilience.Options{Peer: peer, Attempts: 1}),
	})
}

// What several contracts have in common. The provider's half replaces the "Bearer" tokens of these examples by real ones.
var (
	whole      = func(example int) matchers.Matcher { return matchers.Integer(example) }
	text       = func(example string) matchers.Matcher { return matchers.Like(example) }
	retryAfter = map[string]matchers.Matcher{"Retry-After": matchers.Term("1", `^[1-9][0-9]*$`)}
)

// problem is a refusal that the consumer tells apart by its codigo.
func problem(codigo string) object { return object{"codigo": codigo} }
