// Package browser opens the documentation page of each service in a real Chromium.
package browser

import (
	"context"
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
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/tests/process"
)

// chromium is the path of the browser.
func chromium(t testing.TB) string {
	t.Helper()
	return process.Need(t, "chromium", "chromium", "chromium-browser", "google-chrome")
}

// start starts a browser with an empty profile; its pages are opened with the context.
func start(t testing.TB) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.WindowSize(1280, 2000),
		chromedp.NoSandbox, // with a sandbox Chromium does not start as root; only the services' pages are opened
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost")) // nothing leaves the machine
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	require.NoError(t, chromedp.Do(ctx), "Chromium does not start")
	return ctx
}

// page is the documentation of one service, with Swagger UI, open in a tab.
type page struct {
	t      testing.TB
	ctx    context.Context
	mu     sync.Mutex
	asked  map[string]bool // the hosts that the page sent requests to
	errors []string        // the errors in its console
}

// open shows the page at an address and waits until its operations are there.
func open(t testing.TB, browser context.Context, address string) *page {
	t.Helper()
	p := &page{t: t, asked: map[string]bool{}}
	tab, stop := chromedp.NewContext(browser, chromedp.WithListener(p.listen))
	t.Cleanup(stop)
	p.ctx, stop = context.WithTimeout(tab, 8*time.Minute) // for some twenty operations, on a busy machine
	t.Cleanup(stop)
	p.do(call(fetch.Enable, fetch.EnableParams{HandleAuthRequests: new(true), Patterns: []*fetch.RequestPattern{{URLPattern: "*/token"}}}),
		chromedp.Navigate(address), chromedp.WaitVisible(css(".opblock")))
	return p
}

type css = chromedp.CSS

// listen notes every request and every error.
func (p *page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && u.Scheme != "data" && u.Scheme != "blob" {
			p.asked[u.Host] = true
		}
	case *fetch.EventRequestPaused:
		go p.do(call(fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: e.RequestID}))
	case *fetch.EventAuthRequired: // Chromium asks for the name and password of HTTP Basic, and a person closes its dialog
		go p.do(call(fetch.ContinueWithAuth, fetch.ContinueWithAuthParams{
			RequestID: e.RequestID, AuthChallengeResponse: &fetch.AuthChallengeResponse{Response: fetch.AuthChallengeResponseResponseCancelAuth},
		}))
	case *runtime.EventExceptionThrown:
		p.errors = append(p.errors, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" {
			p.errors = append(p.errors, fmt.Sprintf("console.error: %+v", e.Args))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			p.errors = append(p.errors, e.Entry.Text+" "+e.Entry.URL)
		}
	}
}

// do fails the test with a picture of the page when a step cannot be done.
func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.fail(err)
	}
}

// read is a value from the page.
func read[T any](p *page, from chromedp.Action[T]) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, from)
	if err != nil {
		p.fail(err)
	}
	return value
}

func (p *page) fail(err error) {
	p.t.Helper()
	tab, stop := context.WithTimeout(context.WithoutCancel(p.ctx), 5*time.Second)
	defer stop()
	shown, _ := chromedp.Run(tab, chromedp.Evaluate[string]("document.body.innerText"))
	p.mu.Lock()
	defer p.mu.Unlock()
	require.NoError(p.t, err, "console: %q\nthe page shows: %.2000s", p.errors, shown)
}

// authorize gives the page a token, by its Authorize dialog.
func (p *page) authorize(token string) {
	p.t.Helper()
	p.do(
		chromedp.Click(css(".scheme-container .btn.authorize")),
		chromedp.Focus(css(".auth-container input")),
		paste(token),
		chromedp.Click(css(".auth-container .btn.authorize")),
		chromedp.Click(css(".auth-container .btn-done")),
		chromedp.WaitNotPresent(css(".auth-container")),
	)
}

// asItStands executes the example that the page shows.
const asItStands = ""

// execute opens an operation, pastes the body over the example, presses Execute and returns the status that the page shows.
func (p *page) execute(operation string, body any) (status string) {
	p.t.Helper()
	block := blockOf(operation)
	p.do(chromedp.Click(css(block + ".opblock-summary-control")))
	if body != asItStands {
		text, err := json.Marshal(body)
		require.NoError(p.t, err)
		p.do(chromedp.Focus(css(block+"textarea.body-param__text")), paste(string(text)))
	}
	p.do(
		chromedp.Click(css(block+".btn.execute")),
		chromedp.WaitVisible(css(block+answered+".response-col_status")),
	)
	status = strings.TrimSpace(read(p, chromedp.Text(css(block+answered+".response-col_status"))))
	p.expectRefusal(status)
	return status
}

// answer is the body of the answer that the page shows of an executed operation.
func (p *page) answer(operation string) (answer map[string]any) {
	p.t.Helper()
	shown := read(p, chromedp.TextContent(css(blockOf(operation)+answered+".highlight-code code")))
	require.NoError(p.t, json.Unmarshal([]byte(shown), &answer), "%s shows %q", operation, shown)
	return answer
}

// fold closes an operation that is open: with many open ones the page is slow.
func (p *page) fold(operation string) {
	p.t.Helper()
	p.do(chromedp.Click(css(blockOf(operation) + ".opblock-summary-control")))
}

const answered = ".live-responses-table tbody "

func blockOf(operation string) string { return "[id^=operations-][id$=-" + operation + "] " }

// expectRefusal removes the console's error about an answer that is no success: the test checks the answer itself.
func (p *page) expectRefusal(status string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errors = slices.DeleteFunc(p.errors, func(e string) bool {
		return strings.HasPrefix(e, "Failed to load resource: the server responded with a status of "+status)
	})
}

// operation is what the page shows of a closed operation.
type operation struct {
	ID     string
	Tag    string
	Locked bool // it has a padlock
}

// operations are those of the page, from its top to its end.
func (p *page) operations() []operation {
	p.t.Helper()
	return read(p, chromedp.Evaluate[[]operation](`[...document.querySelectorAll('.opblock')].map(o => {
		const [, tag, ...id] = o.id.split('-')
		return {ID: id.join('-'), Tag: tag, Locked: o.querySelector('.authorization__btn') !== null}
	})`))
}

// looks checks what makes the page easy to read: its language, and the health operations last.
func (p *page) looks(shown []operation) {
	p.t.Helper()
	require.Equal(p.t, "es", read(p, chromedp.Evaluate[string]("document.documentElement.lang")))
	first := slices.IndexFunc(shown, func(o operation) bool { return o.Tag == "Salud" })
	require.Positive(p.t, first, "the page begins with what the service is for")
	for _, o := range shown[first:] {
		require.Equal(p.t, "Salud", o.Tag, "%s comes after the health operations", o.ID)
	}
}

// paste replaces the text of the field with the focus at once; typing it key by key would take seconds.
func paste(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		if _, err := chromedp.Evaluate[bool]("document.activeElement.select(), true")(ctx, tab); err != nil {
			return err
		}
		_, err := call(input.InsertText, input.InsertTextParams{Text: text})(ctx, tab)
		return err
	})
}

// close asserts that the page sent requests only to its own service, and showed no error.
func (p *page) close(host string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Equal(p.t, map[string]bool{host: true}, p.asked, "the page works without the rest of the world")
	require.Empty(p.t, p.errors, "the browser's console has errors")
}

// call sends a command of the DevTools protocol.
func call[P any](command cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, command, params)
		return err
	})
}
