package fuzz

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tienda-go/tienda/tests/matrix"
)

// contract is the documents, ready to be held against a hundred thousand answers: kin-openapi compiles a schema anew for every
// value that it looks at.
type contract struct {
	operations map[string][]matrix.Operation // by service
	schemas    map[*openapi3.MediaType]*jsonschema.Schema
}

func newContract(documents []matrix.Document) (*contract, error) {
	c := &contract{operations: map[string][]matrix.Operation{}, schemas: map[*openapi3.MediaType]*jsonschema.Schema{}}
	for _, d := range documents {
		raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(d.Raw))
		if err != nil {
			return nil, fmt.Errorf("document of %s: %w", d.Service, err)
		}
		compiler := jsonschema.NewCompiler()
		compiler.DefaultDraft(jsonschema.Draft2020)
		compiler.AssertFormat()
		if err := compiler.AddResource("https://openapi.example/", raw); err != nil {
			return nil, fmt.Errorf("document of %s: %w", d.Service, err)
		}
		for _, o := range d.Operations {
			c.operations[d.Service] = append(c.operations[d.Service], o)
			at := "/paths/" + pointer(o.Path) + "/" + strings.ToLower(o.Method)
			if body := o.Spec.RequestBody; body != nil {
				if err := c.compile(compiler, at+"/requestBody", body.Value.Content); err != nil {
					return nil, err
				}
			}
			for status, response := range o.Spec.Responses.Map() {
				if err := c.compile(compiler, at+"/responses/"+status, response.Value.Content); err != nil {
					return nil, err
				}
			}
		}
	}
	return c, nil
}

// pointer escapes a part of a JSON pointer, as a fragment (RFC 6901).
func pointer(part string) string {
	return url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
}

func (c *contract) compile(compiler *jsonschema.Compiler, at string, content openapi3.Content) error {
	for media, m := range content {
		if m.Schema == nil {
			continue
		}
		schema, err := compiler.Compile("https://openapi.example/#" + at + "/content/" + pointer(media) + "/schema")
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		c.schemas[m] = schema
	}
	return nil
}

// find is the operation that a request reaches, and the methods of its path. A fixed path comes before one with parameters,
// which gets what the fixed one has no method for.
func (c *contract) find(service, method, path string) (o matrix.Operation, found bool, allowed []string) {
	for _, fixed := range []bool{true, false} {
		for _, candidate := range c.operations[service] {
			if fixed && candidate.Path != path || !fixed && !fits(candidate.Path, path) {
				continue
			}
			allowed = append(allowed, candidate.Method)
			if candidate.Method == method && !found {
				o, found = candidate, true
			}
		}
	}
	slices.Sort(allowed)
	return o, found, slices.Compact(allowed)
}

func fits(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if strings.HasPrefix(want[i], "{") && got[i] != "" {
			continue
		}
		if want[i] != got[i] {
			return false
		}
	}
	return true
}

// answer holds what came back against the document; "" if it is as that says.
func (c *contract) answer(o matrix.Operation, r reply) string {
	response := o.Spec.Responses.Value(strconv.Itoa(r.Status))
	if response == nil {
		response = o.Spec.Responses.Default()
		if response == nil || r.Status < 400 {
			return fmt.Sprintf("status %d is not documented", r.Status)
		}
	}
	content := response.Value.Content
	if len(content) == 0 {
		if len(r.Body) > 0 {
			return fmt.Sprintf("status %d has a body, and none is documented", r.Status)
		}
		return ""
	}
	if r.Status == http.StatusNotModified {
		return ""
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || content[media] == nil {
		return fmt.Sprintf("Content-Type %q is not documented for %d", r.Header.Get("Content-Type"), r.Status)
	}
	return c.fitting(content[media], r.Body)
}

// fitting says why a body does not fit what is documented; "" if it does.
func (c *contract) fitting(m *openapi3.MediaType, body []byte) string {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return "the body is no JSON: " + err.Error()
	}
	if schema := c.schemas[m]; schema != nil {
		if err := schema.Validate(v); err != nil {
			return "the body is not as documented: " + err.Error()
		}
	}
	return ""
}

// accepts reports whether a JSON body is one that the operation documents.
func (c *contract) accepts(o matrix.Operation, contentType string, body []byte) bool {
	media, _, err := mime.ParseMediaType(contentType)
	if contentType == "" {
		media, err = "application/json", nil
	}
	m := o.Spec.RequestBody.Value.Content[media]
	return err == nil && m != nil && c.fitting(m, body) == ""
}
