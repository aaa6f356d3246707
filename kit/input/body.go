package input

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/tienda-go/tienda/kit/money"
	"github.com/tienda-go/tienda/kit/rest"
	"github.com/tienda-go/tienda/kit/strictjson"
	"github.com/tienda-go/tienda/kit/transport"
)

// Receive reads the body of a request. The checks and Huma use the context that it returns.
func Receive(ctx huma.Context) (huma.Context, error) {
	content, err := transport.Body(humafiber.Unwrap(ctx).Context())
	return &received{humaContext: ctx, body: content}, err
}

// humaContext is a huma.Context to embed, without a field of the name of its method Context.
type humaContext huma.Context

type received struct {
	humaContext
	body    []byte
	address *url.URL // nil until it was asked for
}

// Unwrap is for Huma's adapter, which looks for the context that it has made.
func (r *received) Unwrap() huma.Context { return r.humaContext }

// Param is a parameter of the path, with a whole number as its digits alone.
func (r *received) Param(name string) string { return r.whole("path", name, r.humaContext.Param(name)) }

// Query is a parameter of the query, with whole numbers as their digits alone.
func (r *received) Query(name string) string {
	return r.whole("query", name, r.humaContext.Query(name))
}

// whole writes the integers of a parameter as a body's: Huma reads 2 but not 2.0, and it would read +2, which is no JSON number.
func (r *received) whole(in, name, value string) string {
	if p := rest.Parameter(r.Operation(), in, name); p == nil || !integers(p.Schema) {
		return value
	}
	if strings.Contains(","+value, ",+") {
		return "+" // Huma refuses it
	}
	return string(strictjson.Whole([]byte(value)))
}

// integers reports whether a parameter is an integer, or a list of integers.
func integers(s *huma.Schema) bool {
	return s.Type == huma.TypeInteger || s.Type == huma.TypeArray && s.Items.Type == huma.TypeInteger
}

// BodyReader gives the body that was read; the adapter's own would read the connection.
func (r *received) BodyReader() io.Reader { return bytes.NewReader(r.body) }

// URL is parsed once, for all checks that ask for it.
func (r *received) URL() url.URL {
	if r.address == nil {
		address := r.humaContext.URL()
		r.address = &address
	}
	return *r.address
}

// Formats read and write the bodies of requests and answers.
func Formats() map[string]huma.Format {
	json := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: decodeJSON}
	return map[string]huma.Format{JSON: json, "json": json, form: {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: decodeForm}}
}

// decodeJSON reads whole numbers as integers, and names a field of a wrong type; encoding/json's text would repeat the value.
func decodeJSON(raw []byte, v any) error {
	raw = strictjson.Whole(raw)
	err := json.Unmarshal(raw, v)
	mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return err
	}
	codigo, mensaje := "TIPO", "No tiene el tipo debido."
	switch kind := mismatch.Type.Kind(); {
	case mismatch.Type == reflect.TypeFor[money.Amount]():
		codigo, mensaje = "FORMATO", "Debe ser un número entre 0 y 9999999999999.99 con dos decimales como mucho."
	case kind >= reflect.Int && kind <= reflect.Uint64:
		mensaje = integer
	}
	path, _ := locate(raw, strings.Split(mismatch.Field, "."), mismatch.Type)
	return errors.New(encodeField(path, codigo, mensaje))
}

// locate is the path, as the client wrote it, of the first value under names that is no T. encoding/json's own path has no
// indices, and has the names of embedded structs.
func locate(raw json.RawMessage, names []string, t reflect.Type) (path string, found bool) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		for i, item := range list {
			if path, found = locate(item, names, t); found {
				return strings.TrimSuffix("["+strconv.Itoa(i)+"]."+path, "."), true
			}
		}
		return "", false
	}
	if len(names) == 0 {
		return "", json.Unmarshal(raw, reflect.New(t).Interface()) != nil
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return "", false
	}
	member, there := object[names[0]]
	if !there {
		if len(names) == 1 {
			return "", false
		}
		return locate(raw, names[1:], t)
	}
	path, found = locate(member, names[1:], t)
	return strings.Replace(joinPath(names[0], path), ".[", "[", 1), found
}

// decodeForm reads a form, which checkForm has checked, as an object of strings. A parameter without a value counts as omitted
// (RFC 6749, section 3.2).
func decodeForm(raw []byte, v any) error {
	values, err := url.ParseQuery(string(raw))
	if err != nil {
		return err
	}
	object := make(map[string]string, len(values))
	for name, all := range values {
		if all[0] != "" {
			object[name] = all[0]
		}
	}
	encoded, err := json.Marshal(object)
	if err != nil {
		return err
	}
	return decodeJSON(encoded, v)
}
