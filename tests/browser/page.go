// Package browser opens the documentation page of each service in a real Chromium.
package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
	"github.com/tienda-go/tienda/tests/process"
)

// start starts a browser with an empty profile; its pages are opened with the context.
func start(t testing.TB) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(process.Need(t, "chromium", "chromium", "chromium-browser", "google-chrome")), chromedp.WindowSize(1280, 800),
		chromedp.NoSandbox, // with a sandbox Chromium does not start as root; only the services' pages are opened
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost")) // nothing leaves the machine
	bounded, stop := context.WithTimeout(t.Context(), 8*time.Minute) // it takes some twenty seconds, and longer on a busy machine
	t.Cleanup(stop)
	allocator, stop := chromedp.NewExecAllocator(bounded, options...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	require.NoError(t, chromedp.Do(ctx), "Chromium does not start")
	return ctx
}

// tab shows the documentation of one service, a page of Swagger UI.
type tab struct {
	t       testing.TB
	ctx     context.Context
	stop    context.CancelFunc
	host    string
	mu      sync.Mutex
	asked   map[string]bool // the hosts that the page sent requests to
	refused map[string]bool // the statuses that were shown for operations
	errors  []string        // the errors in its console
}

// open shows the page of a service in a new tab and waits until its operations are there.
func open(t testing.TB, browser context.Context, service string) *tab {
	t.Helper()
	address, err := url.Parse(service)
	require.NoError(t, err)
	p := &tab{t: t, host: address.Host, asked: map[string]bool{}, refused: map[string]bool{}}
	p.ctx, p.stop = chromedp.NewContext(browser, chromedp.WithListener(p.listen))
	t.Cleanup(p.stop)
	p.do(call(fetch.Enable, fetch.EnableParams{HandleAuthRequests: new(true),
		Patterns: []*fetch.RequestPattern{{URLPattern: "*/token"}}}),
		chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument,
				page.AddScriptToEvaluateOnNewDocumentParams{Source: undrawn})
			return err
		}),
		chromedp.Navigate(service+"/docs"), chromedp.WaitVisible(chromedp.CSS(".opblock")))
	return p
}

// listen notes every request and every error.
func (p *tab) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && u.Scheme != "data" && u.Scheme != "blob" {
			p.asked[u.Host] = true
		}
	case *fetch.EventRequestPaused:
		go p.tell(call(fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: e.RequestID}))
	case *fetch.EventAuthRequired: // Chromium asks for the name and password of HTTP Basic, and a person closes its dialog
		closed := &fetch.AuthChallengeResponse{Response: fetch.AuthChallengeResponseResponseCancelAuth}
		go p.tell(call(fetch.ContinueWithAuth,
			fetch.ContinueWithAuthParams{RequestID: e.RequestID, AuthChallengeResponse: closed}))
	case *runtime.EventExceptionThrown:
		p.errors = append(p.errors, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" {
			for _, a := range e.Args {
				p.errors = append(p.errors, fmt.Sprintf("console.error: %s%s", a.Value, a.Description))
			}
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			p.errors = append(p.errors, e.Entry.Text+" "+e.Entry.URL)
		}
	}
}

// tell answers the browser from outside of the test's goroutine. If that fails, the request that it is about gets no answer, and
// the step that waits for it fails.
func (p *tab) tell(answer chromedp.Action[chromedp.Void]) { _ = chromedp.Do(p.ctx, answer) }

// do fails the test when a step cannot be done.
func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.check(chromedp.Do(p.ctx, steps...))
}

// read is the value of an expression in the page.
func read[T any](p *tab, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	p.check(err)
	return value
}

func (p *tab) check(err error) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	require.NoError(p.t, err, "%s\nconsole: %q", p.host, p.errors)
}

// undrawn keeps the page from drawing the documented answers, which takes most of its time. The answers of the service are drawn.
const undrawn = `{
  let bundle
  const plugin = () => ({wrapComponents: {response: () => () => null}})
  Object.defineProperty(window, 'SwaggerUIBundle', {
    get: () => bundle,
    set: (b) => { bundle = Object.assign((settings) => b({...settings, plugins: [...settings.plugins, plugin]}), b) },
  })
}`

// person is what a person does on a page: an object whose methods are the steps.
//
//go:embed page.js
var person string

// authorize gives the page a token, by its Authorize dialog.
func (p *tab) authorize(token string) {
	p.t.Helper()
	read[chromedp.Void](p, fmt.Sprintf("%s.authorize(%q)", person, token))
}

// execute presses Execute on an operation and returns the answer that the page shows. The body takes the place of the example;
// with nil the example is sent as it stands.
func (p *tab) execute(operation string, body any) (status, answer string) {
	p.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(p.t, err)
	shown := read[struct{ Status, Body string }](p, fmt.Sprintf("%s.execute(%q, %s)", person, operation, text))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused[shown.Status] = true
	return shown.Status, shown.Body
}

// operation is what the page shows of a closed operation.
type operation struct {
	ID     string
	Tag    string
	Locked bool // it has a padlock
}

// operations are those of the page, from its top to its end.
func (p *tab) operations() []operation {
	p.t.Helper()
	return read[[]operation](p, `[...document.querySelectorAll('.opblock')].map(o => {
		const [, tag, ...id] = o.id.split('-')
		return {ID: id.join('-'), Tag: tag, Locked: o.querySelector('.authorization__btn') !== null}
	})`)
}

// looks checks what makes the page easy to read: its language, and the health operations last.
func (p *tab) looks(shown []operation) {
	p.t.Helper()
	require.Equal(p.t, "es", read[string](p, "document.documentElement.lang"))
	first := slices.IndexFunc(shown, func(o operation) bool { return o.Tag == "Salud" })
	require.Positive(p.t, first, "the page begins with what the service is for")
	for _, o := range shown[first:] {
		require.Equal(p.t, "Salud", o.Tag, "%s comes after the health operations", o.ID)
	}
}

// close closes the tab, and asserts that the page sent requests only to its own service, and showed no error but the answers that
// the test has seen.
func (p *tab) close() {
	p.t.Helper()
	p.stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Equal(p.t, map[string]bool{p.host: true}, p.asked, "the page works without the rest of the world")
	require.Empty(p.t, slices.DeleteFunc(p.errors, func(e string) bool {
		after, ok := strings.CutPrefix(e, "Failed to load resource: the server responded with a status of ")
		return ok && p.refused[after[:3]]
	}), "the browser's console has errors")
}

// call sends a command of the DevTools protocol.
func call[P any](command cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, command, params)
		return err
	})
}
