package shop

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/tienda-go/tienda/tests/launcher"
	"github.com/tienda-go/tienda/tests/openapi"
)

// contract is the committed documents, read once a test process.
var contract = sync.OnceValues(func() (*openapi.Contract, error) {
	all, err := openapi.Committed(context.Background(), Root(), launcher.Names()...)
	if err != nil {
		return nil, err
	}
	return openapi.NewContract(all)
})

// undocumented is what a service answers besides its REST API.
func undocumented(path string) bool {
	return strings.HasPrefix(path, "/openapi.") || strings.HasPrefix(path, "/docs") || path == "/metrics"
}

// conforms fails the test when an answer does not conform to the service's document, or when a request was accepted that the
// document does not allow.
func (s *Shop) conforms(request *http.Request, body []byte, instance string, a Answer) {
	// HEAD is what GET is, and has no operation.
	if s.o.Unchecked || undocumented(request.URL.Path) || request.Method == http.MethodHead {
		return
	}
	documents, err := contract()
	if err != nil {
		s.t.Errorf("openapi: %v", err)
		return
	}
	operation, found, _ := documents.Find(s.instance(instance).service, request.Method, request.URL.Path)
	if !found {
		if a.Status < http.StatusBadRequest {
			s.t.Errorf("%s %s of %s answers %d, and is not in its document", request.Method, request.URL.Path, instance, a.Status)
		}
		return
	}
	if wrong := documents.Answer(operation, a.Status, a.Header, a.Body); wrong != "" {
		s.t.Errorf("%s of %s: %s", operation, instance, wrong)
	}
	kind := request.Header.Get("Content-Type")
	if len(body) > 0 && a.Status < http.StatusBadRequest && kind != "application/x-www-form-urlencoded" &&
		!documents.Accepts(operation, kind, body) {
		s.t.Errorf("%s of %s: accepted a body that its document does not allow", operation, instance)
	}
}
