package openapi

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
)

// Contract has the documents with compiled schemas, for a hundred thousand answers: kin-openapi alone compiles a schema again
// for every value.
type Contract struct {
	operations map[string][]Operation // by service
	schemas    map[*openapi3.MediaType]*jsonschema.Schema
}

// NewContract compiles the schemas of the documents.
func NewContract(documents []Document) (*Contract, error) {
	c := &Contract{operations: map[string][]Operation{}, schemas: map[*openapi3.MediaType]*jsonschema.Schema{}}
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
			at := "#/paths/" + pointer(o.Path) + "/" + strings.ToLower(o.Method)
			if body := o.Spec.RequestBody; body != nil {
				if err := c.compile(compiler, at+"/requestBody", body.Value.Content); err != nil {
					return nil, err
				}
			}
			for status, response := range o.Spec.Responses.Map() {
				where := response.Ref // "#/components/responses/…" for one that is shared
				if where == "" {
					where = at + "/responses/" + status
				}
				if err := c.compile(compiler, where, response.Value.Content); err != nil {
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

func (c *Contract) compile(compiler *jsonschema.Compiler, at string, content openapi3.Content) error {
	for media, m := range content {
		if m.Schema == nil {
			continue
		}
		schema, err := compiler.Compile("https://openapi.example/" + at + "/content/" + pointer(media) + "/schema")
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		c.schemas[m] = schema
	}
	return nil
}

// Find is the operation that a request reaches, and the methods of its path. A fixed path comes before one with parameters,
// which gets what the fixed one has no method for.
func (c *Contract) Find(service, method, path string) (o Operation, found bool, allowed []string) {
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

// Answer checks an answer against the document: status, headers and body; "" when it conforms.
func (c *Contract) Answer(o Operation, status int, header http.Header, body []byte) string {
	response := o.Spec.Responses.Value(strconv.Itoa(status))
	if response == nil {
		return fmt.Sprintf("status %d is not documented", status)
	}
	if wrong := headers(response.Value.Headers, header); wrong != "" {
		return fmt.Sprintf("status %d: %s", status, wrong)
	}
	content := response.Value.Content
	switch {
	case len(content) == 0 && len(body) > 0:
		return fmt.Sprintf("status %d has a body, and none is documented", status)
	case status == http.StatusNotModified && header.Get("Content-Type") != "":
		return "a 304 has no content, and says its Content-Type"
	case len(content) == 0 || status == http.StatusNotModified:
		return ""
	}
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || content[media] == nil {
		return fmt.Sprintf("Content-Type %q is not documented for %d", header.Get("Content-Type"), status)
	}
	return c.fitting(content[media], body)
}

// carried are the headers that belong to the transport and to browsers, and to no operation.
var carried = []string{
	"Connection", "Content-Length", "Content-Type", "Date", "Server", "Vary", "X-Content-Type-Options", "X-Frame-Options",
	"Referrer-Policy", "Content-Security-Policy", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers",
	"Access-Control-Max-Age",
}

// headers says which header is missing, not as documented, or not documented; "" if none.
func headers(documented openapi3.Headers, sent http.Header) string {
	known := http.Header{}
	for name, h := range documented {
		known.Set(name, "")
		value := sent.Get(name)
		switch {
		case len(sent.Values(name)) > 1:
			return name + " is there twice"
		case value == "" && h.Value.Required:
			return name + " is missing"
		case value != "":
			var v any = value
			if n, err := strconv.ParseFloat(value, 64); err == nil && h.Value.Schema.Value.Type.Is("integer") {
				v = n
			}
			if err := h.Value.Schema.Value.VisitJSON(v); err != nil {
				return fmt.Sprintf("%s is %q: %s", name, value, err)
			}
		}
	}
	for name := range sent {
		if known.Values(name) == nil && !slices.Contains(carried, name) {
			return name + " is not documented"
		}
	}
	return ""
}

// fitting returns why a body does not fit the document; "" if it does.
func (c *Contract) fitting(m *openapi3.MediaType, body []byte) string {
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

// Accepts reports whether a JSON body is one that the operation documents.
func (c *Contract) Accepts(o Operation, contentType string, body []byte) bool {
	media, _, err := mime.ParseMediaType(contentType)
	if contentType == "" {
		media, err = "application/json", nil
	}
	if o.Spec.RequestBody == nil {
		return false
	}
	m := o.Spec.RequestBody.Value.Content[media]
	return err == nil && m != nil && c.fitting(m, body) == ""
}
