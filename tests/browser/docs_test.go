package browser

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/shop"
	"github.com/tienda-go/tienda/tests/story"
	"github.com/tienda-go/tienda/tests/terminal"
)

// TestDocs uses the shop after the demo with nothing but the four documentation pages, like a new developer: it logs in as the
// administrator, authorizes, and presses Execute on the example of every operation. Each example works, or its description says
// why it does not.
func TestDocs(t *testing.T) {
	t.Parallel()
	browser := start(t)
	s := shop.New(t, shop.Options{})
	require.NoError(t, story.Tell(t.Context(), story.Options{
		URL: s.URL, Username: shop.AdminUsername, Password: shop.AdminPassword, Out: terminal.New(t.Output()),
	}))

	p := open(t, browser, s.URL("auth"))
	status, answer := p.execute("iniciarSesion", shop.Object{"username": shop.AdminUsername, "password": shop.AdminPassword})
	require.Equal(t, "200", status)
	var session struct {
		Token string `json:"access_token"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &session))
	p.close()
	for _, service := range launcher.Names() {
		documents := documented(t, s, service)
		p := open(t, browser, s.URL(service))
		shown := p.operations()
		p.looks(shown)
		require.Len(t, shown, len(documents), "%s: the page has every operation", service)
		p.authorize(session.Token)
		for _, o := range shown {
			document, ok := documents[o.ID]
			require.True(t, ok, "%s is in no document", o.ID)
			assert.Equal(t, len(document.Security) > 0, o.Locked, "%s has a padlock exactly if it looks at a token", o.ID)
			status, answer := p.execute(o.ID, nil)
			assert.Equal(t, !saysWhyNot.MatchString(document.Description), success.MatchString(status),
				"%s: the example answers %s %s; it works, or the description says why it does not:\n%s", o.ID, status, answer,
				document.Description)
		}
		p.close()
	}
}

var (
	success    = regexp.MustCompile(`^2\d\d$`)
	saysWhyNot = regexp.MustCompile(`El ejemplo no sirve tal cual: .+\.$`)
)

// description is the description of an operation in the document.
type description struct {
	OperationID string
	Description string
	Security    []map[string][]string
}

// documented are the operations of the document that a service serves, by their names.
func documented(t *testing.T, s *shop.Shop, service string) map[string]description {
	t.Helper()
	var document struct {
		Paths map[string]map[string]description
	}
	require.NoError(t, json.Unmarshal(s.Must(200, service, "GET", "/openapi.json", "", nil).Body, &document))
	all := map[string]description{}
	for _, methods := range document.Paths {
		for _, o := range methods {
			all[o.OperationID] = o
		}
	}
	return all
}
