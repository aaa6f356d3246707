package story

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tienda-go/tienda/tests/terminal"
)

type object map[string]any

// teller makes the calls and prints them. After its first error it is silent and does nothing, so that the story reads
// without a check behind every line.
type teller struct {
	options Options
	http    *http.Client
	steps   int
	calls   int
	request string // the last call, its status and answer
	status  int
	answer  object
	err     error
}

// step opens the next part of the story.
func (t *teller) step(title string) {
	if t.err != nil {
		return
	}
	t.steps++
	out := t.options.Out
	out.Printf("\n%s\n", out.Paint(terminal.Bold, fmt.Sprintf("%d. %s", t.steps, title)))
}

// login is an access token of the user.
func (t *teller) login(ctx context.Context, username, password string) string {
	answer := t.call(ctx, "auth", "POST", "/login", "", object{"username": username, "password": password})
	t.expect(200, object{"token_type": "bearer"})
	token, _ := answer["access_token"].(string)
	return token
}

// call sends a request to a service and prints it with its answer.
func (t *teller) call(ctx context.Context, service, method, path, token string, body object) object {
	if t.err != nil {
		return nil
	}
	t.calls++
	url := t.options.URL(service) + path
	t.request = method + " " + url
	out := t.options.Out
	line := fmt.Sprintf("   %s %-5s %s %s", out.Paint(terminal.Dim, "→"), method, url, out.Paint(terminal.Dim, abridged(body)))
	out.Printf("%s\n", strings.TrimRight(line, " "))
	start := time.Now()
	t.status, t.answer, t.err = t.send(ctx, method, url, token, body)
	if t.err != nil {
		t.err = fmt.Errorf("%s: %w", t.request, t.err)
		return nil
	}
	style := terminal.Green
	if t.status >= 400 {
		style = terminal.Yellow
	}
	out.Printf("   %s %s %s %s\n", out.Paint(terminal.Dim, "←"), out.Paint(style, fmt.Sprintf("%-5d", t.status)), abridged(t.answer),
		out.Paint(terminal.Dim, fmt.Sprintf("(%d ms)", time.Since(start).Milliseconds())))
	return t.answer
}

func (t *teller) send(ctx context.Context, method, url, token string, body object) (int, object, error) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		reader = bytes.NewReader(text)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, reader)
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := t.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	var answer object
	decoder := json.NewDecoder(response.Body)
	decoder.UseNumber()
	if err := decoder.Decode(&answer); err != nil {
		return 0, nil, fmt.Errorf("status %d, and the answer is no JSON object: %w", response.StatusCode, err)
	}
	return response.StatusCode, answer, nil
}

// expect compares the last answer with what the story says: its status and some members.
func (t *teller) expect(status int, members object) {
	if t.err != nil {
		return
	}
	if t.status != status {
		t.err = fmt.Errorf("%s: status %d instead of %d%s", t.request, t.status, status, hint(t.request, t.status))
		return
	}
	for name, want := range members {
		if got := fmt.Sprint(t.answer[name]); got != fmt.Sprint(want) {
			t.err = fmt.Errorf("%s: %s is %s instead of %v", t.request, name, got, want)
			return
		}
	}
}

// hint is for the one problem that a person may meet.
func hint(request string, status int) string {
	if strings.HasSuffix(request, "/login") && status == http.StatusUnauthorized {
		return "; the admin of this shop has another password than the one in DATA_DIR or ADMIN_PASSWORD,\n" +
			"with Docker in TIENDA_ADMIN_PASSWORD. Set ADMIN_USERNAME and ADMIN_PASSWORD to his (with Docker TIENDA_ADMIN_USERNAME and\n" +
			"TIENDA_ADMIN_PASSWORD), or remove DATA_DIR to begin with an empty shop"
	}
	return ""
}

// shown are the members that a reader of the demo needs, in this order; the rest is in the documentation of the API.
var shown = []string{"id", "username", "password", "rol", "token_type", "access_token", "expires_in", "codigo", "detail",
	"pedido_id", "nombre", "precio", "producto_id", "estado", "fase", "motivo_cancelacion", "cantidad", "fisico", "reservado",
	"total", "moneda", "lineas"}

// abridged is a body on one line: the members that matter, tokens and passwords shortened.
func abridged(body object) string {
	var parts []string
	for _, name := range shown {
		value, ok := body[name]
		if !ok || value == nil || name == "lineas" && body["total"] != nil {
			continue // the lines of an order of one line say nothing new
		}
		text, err := json.Marshal(value)
		if err != nil {
			continue
		}
		s := string(text)
		switch {
		case strings.HasSuffix(name, "token") && len(s) > 12:
			s = s[:11] + `…"`
		case name == "password":
			s = `"…"`
		}
		parts = append(parts, fmt.Sprintf("%q:%s", name, s))
	}
	if len(parts) == 0 {
		return ""
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
