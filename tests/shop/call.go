package shop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/stretchr/testify/require"
)

// Object is a JSON body.
type Object map[string]any

// Answer is what a service answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends a request. token may be empty; body may be nil, an Object or anything else that marshals, or a []byte or string
// sent as it is; headers come in pairs of name and value. It may be called from any goroutine. An answer that is not as the
// service's OpenAPI document says fails the test.
func (s *Shop) Do(service, method, path, token string, body any, headers ...string) (Answer, error) {
	request, content, err := NewRequest(context.Background(), method, s.URL(service)+path, token, body, headers...)
	if err != nil {
		return Answer{}, err
	}
	s.canaries.add("token", token)
	s.canaries.learn(content)
	a, err := Send(s.http, request)
	s.canaries.learn(a.Body)
	if s.canaries.shown(a.Body) {
		s.t.Errorf("%s %s %s: the answer shows a password", method, service, path)
	}
	if err == nil {
		s.conforms(request, content, service, a)
	}
	return a, err
}

// NewRequest is a request, and its body as it is sent; the parameters are those of Do.
func NewRequest(ctx context.Context, method, url, token string, body any, headers ...string) (*http.Request, []byte, error) {
	var content []byte
	switch b := body.(type) {
	case nil:
	case []byte:
		content = b
	case string:
		content = []byte(b)
	default:
		var err error
		if content, err = json.Marshal(body); err != nil {
			return nil, nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(content))
	if err != nil {
		return nil, nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return request, content, nil
}

// Send sends a request and reads its answer.
func Send(client *http.Client, request *http.Request) (Answer, error) {
	response, err := client.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return Answer{response.StatusCode, response.Header, body}, err
}

// Call is Do for the goroutine of the test, where a request that gets no answer is the end.
func (s *Shop) Call(service, method, path, token string, body any, headers ...string) Answer {
	s.t.Helper()
	a, err := s.Do(service, method, path, token, body, headers...)
	require.NoError(s.t, err)
	return a
}

// Must is Call for a step that only prepares: any other status is the end.
func (s *Shop) Must(status int, service, method, path, token string, body any) Answer {
	s.t.Helper()
	a := s.Call(service, method, path, token, body)
	require.Equal(s.t, status, a.Status, "%s %s %s: %s", method, service, path, a.Body)
	return a
}

// Value is a member of the JSON answer, by a path such as "lineas.0.disponible"; nil where there is none.
func (a Answer) Value(path string) any {
	var v any
	if json.Unmarshal(a.Body, &v) != nil {
		return nil
	}
	for step := range strings.SplitSeq(path, ".") {
		switch node := v.(type) {
		case map[string]any:
			v = node[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(node) {
				return nil
			}
			v = node[i]
		default:
			return nil
		}
	}
	return v
}

// Text is a member that is a string, or "".
func (a Answer) Text(path string) string {
	text, _ := a.Value(path).(string)
	return text
}

// Int is a member that is a whole number, or -1.
func (a Answer) Int(path string) int64 {
	if n, ok := a.Value(path).(float64); ok && n == float64(int64(n)) {
		return int64(n)
	}
	return -1
}

var customers atomic.Int64

// Login is an access token.
func (s *Shop) Login(username, password string) string {
	s.t.Helper()
	return s.Must(http.StatusOK, "auth", "POST", "/login", "", Object{"username": username, "password": password}).
		Text("access_token")
}

// Admin is a token of the shop's admin.
func (s *Shop) Admin() string {
	s.t.Helper()
	if s.admin == "" {
		s.admin = s.Login(AdminUsername, AdminPassword)
	}
	return s.admin
}

// SetAdmin sets the next token of the shop's admin, when its sessions were ended.
func (s *Shop) SetAdmin(token string) { s.admin = token }

// Customer is a token of a customer who has just registered.
func (s *Shop) Customer() string {
	s.t.Helper()
	name := fmt.Sprintf("cliente-%d", customers.Add(1))
	password := "una-frase-larga-de-" + name
	s.Must(http.StatusCreated, "auth", "POST", "/register", "",
		Object{"username": name, "email": name + "@tienda.example", "password": password})
	return s.Login(name, password)
}

// Product is the id of a new product at 10.00 EUR with this many units in stock.
func (s *Shop) Product(units int) int64 {
	s.t.Helper()
	id := s.Must(http.StatusCreated, "productos", "POST", "/productos", s.Admin(), Object{
		"nombre": fmt.Sprintf("Producto %d", customers.Add(1)), "descripcion": "De prueba", "precio": 10,
	}).Int("id")
	s.Must(http.StatusCreated, "inventario", "POST", "/inventario", s.Admin(), Object{"producto_id": id, "cantidad": units})
	return id
}

// Stock is what inventario has of a product.
func (s *Shop) Stock(id int64) (cantidad, fisico, reservado int64) {
	s.t.Helper()
	a := s.Must(http.StatusOK, "inventario", "GET", fmt.Sprintf("/inventario/%d", id), s.Admin(), nil)
	return a.Int("cantidad"), a.Int("fisico"), a.Int("reservado")
}

// Next is the path of the page that follows the one at path, from its Link header; "" on the last.
func (a Answer) Next(path string) string {
	target, isNext := strings.CutSuffix(a.Header.Get("Link"), `>; rel="next"`)
	if !isNext {
		return ""
	}
	return Resolve(path, strings.TrimPrefix(target, "<"))
}

// Resolve is the path that a reference in the answer to path leads to (RFC 3986, section 5); "" for what is no reference.
func Resolve(path, reference string) string {
	to, err := url.Parse(path)
	if err == nil {
		to, err = to.Parse(reference)
	}
	if err != nil {
		return ""
	}
	return to.RequestURI()
}
