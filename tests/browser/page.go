// Package browser opens what a person opens: the documentation page of each service, in a real Chromium.
package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

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

// start starts a browser with nothing in it; its pages are opened with the context.
func start(t testing.TB) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.WindowSize(1280, 2000),
		chromedp.NoSandbox, // Chromium refuses to start as root with it; only our own pages are opened
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
	asked  map[string]bool // the hosts that the page asked for anything
	errors []string        // what its console shows in red
}

// open shows the page at an address and waits until its operations are there.
func open(t testing.TB, browser context.Context, address string) *page {
	t.Helper()
	p := &page{t: t, asked: map[string]bool{}}
	tab, stop := chromedp.NewContext(browser, chromedp.WithListener(p.listen))
	t.Cleanup(stop)
	p.ctx, stop = context.WithTimeout(tab, time.Minute)
	t.Cleanup(stop)
	p.do(chromedp.Navigate(address), chromedp.WaitVisible(css(".opblock")))
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

// execute opens an operation, pastes the body over the example, presses Execute and returns what the page shows.
func (p *page) execute(operation string, body any) (status string, answer map[string]any) {
	p.t.Helper()
	block := "[id^=operations-][id$=-" + operation + "] "
	result := block + ".live-responses-table tbody "
	p.do(
		chromedp.Click(css(block+".opblock-summary-control")),
		chromedp.Focus(css(block+"textarea.body-param__text")),
	)
	if body != asItStands {
		text, err := json.Marshal(body)
		require.NoError(p.t, err)
		p.do(paste(string(text)))
	}
	p.do(
		chromedp.Click(css(block+".btn.execute")),
		chromedp.WaitVisible(css(result+".response-col_status")),
	)
	status = strings.TrimSpace(read(p, chromedp.Text(css(result+".response-col_status"))))
	shown := read(p, chromedp.TextContent(css(result+".highlight-code code")))
	require.NoError(p.t, json.Unmarshal([]byte(shown), &answer), "%s shows %q", operation, shown)
	return status, answer
}

// looks checks what a reader sees before they press anything: the page's language, the health operations last, and a padlock exactly on
// the operations that look at a token.
func (p *page) looks(tags []string, open, locked string) {
	p.t.Helper()
	require.Equal(p.t, "es", read(p, chromedp.Evaluate[string]("document.documentElement.lang")))
	shown := read(p, chromedp.Evaluate[[]string]("[...document.querySelectorAll('.opblock-tag')].map(t => t.dataset.tag)"))
	require.Equal(p.t, tags, shown)
	padlocks := func(operation string) int {
		return read(p, chromedp.Evaluate[int]("document.querySelectorAll('[id^=operations-][id$=-"+operation+"] .authorization__btn').length"))
	}
	require.Zero(p.t, padlocks(open), "%s looks at no token", open)
	require.Equal(p.t, 1, padlocks(locked), "%s looks at a token", locked)
}

// paste puts a text in the place of what the field that has the focus holds: at once, where keys take seconds to be typed.
func paste(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		if _, err := chromedp.Evaluate[bool]("document.activeElement.select(), true")(ctx, tab); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
}

// close asserts that the page asked nobody but its own service, and had nothing to complain of.
func (p *page) close(host string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Equal(p.t, map[string]bool{host: true}, p.asked, "the page works without the rest of the world")
	require.Empty(p.t, p.errors, "the browser's console has errors")
}
