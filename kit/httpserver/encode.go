package httpserver

import (
	"bytes"
	"encoding"
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/tienda-go/tienda/kit/money"
)

// encodeJSON writes v as encoding/json does, byte for byte, without its escapes for HTML. It is there for lists: encoding/json calls
// MarshalJSON for each time and each amount of each row, allocates what that returns, and reads it once more to check it.
func encodeJSON(w io.Writer, v any) error {
	text := texts.Get().(*[]byte)
	defer texts.Put(text)
	value := reflect.ValueOf(v)
	if !value.IsValid() {
		return encodePlain(w, v)
	}
	b, err := encoderOf(value.Type())((*text)[:0], value)
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if cap(b) <= mostKept {
		*text = b
	}
	_, err = w.Write(b)
	return err
}

// mostKept is the size in bytes up to which the room of an answer is used again.
const mostKept = 64 << 10

var texts = sync.Pool{New: func() any { return new([]byte) }}

// encoder appends a value of one type.
type encoder func(b []byte, v reflect.Value) ([]byte, error)

var encoders sync.Map // of reflect.Type, which is known once it was asked for

func encoderOf(t reflect.Type) encoder {
	if known, ok := encoders.Load(t); ok {
		return known.(encoder)
	}
	made := newEncoder(t, nil)
	encoders.Store(t, made)
	return made
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// newEncoder leaves to encoding/json what it does not know. within are the types that hold t: one that holds itself is left too.
func newEncoder(t reflect.Type, within []reflect.Type) encoder {
	switch t {
	case reflect.TypeFor[time.Time]():
		return appendTime
	case reflect.TypeFor[money.Amount]():
		return func(b []byte, v reflect.Value) ([]byte, error) { return money.Amount(v.Int()).Append(b), nil }
	}
	pointer := reflect.PointerTo(t)
	if pointer.Implements(marshaler) || pointer.Implements(textMarshaler) || t.Implements(marshaler) || t.Implements(textMarshaler) ||
		slices.Contains(within, t) {
		return appendPlain
	}
	within = append(within[:len(within):len(within)], t)
	switch t.Kind() {
	case reflect.String:
		return func(b []byte, v reflect.Value) ([]byte, error) { return appendString(b, v.String()) }
	case reflect.Bool:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(b, v.Bool()), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendInt(b, v.Int(), 10), nil }
	case reflect.Pointer:
		return orNull(pointed(newEncoder(t.Elem(), within)))
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 { // bytes are base64
			return orNull(list(newEncoder(t.Elem(), within)))
		}
	case reflect.Struct:
		return newObject(t, within)
	}
	return appendPlain
}

// orNull is for types that have nil.
func orNull(encode encoder) encoder {
	return func(b []byte, v reflect.Value) ([]byte, error) {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		return encode(b, v)
	}
}

func pointed(encode encoder) encoder {
	return func(b []byte, v reflect.Value) ([]byte, error) { return encode(b, v.Elem()) }
}

func list(encode encoder) encoder {
	return func(b []byte, v reflect.Value) (_ []byte, err error) {
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = encode(b, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
}

// member is one field of an object.
type member struct {
	name      string // `"name":`
	index     int
	omitEmpty bool
	encode    encoder
}

// newObject knows fields with plain names and no option but omitempty.
func newObject(t reflect.Type, within []reflect.Type) encoder {
	var members []member
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous, options != "" && options != "omitempty":
			return appendPlain
		case !field.IsExported(), name == "-" && options == "":
			continue
		case name == "":
			name = field.Name
		}
		m := member{name: `"` + name + `":`, index: i, omitEmpty: options != "", encode: newEncoder(field.Type, within)}
		if strings.ContainsFunc(name, notInName) || slices.ContainsFunc(members, func(o member) bool { return o.name == m.name }) {
			return appendPlain
		}
		members = append(members, m)
	}
	return func(b []byte, v reflect.Value) (_ []byte, err error) {
		start := len(b)
		for i := range members {
			m := &members[i]
			field := v.Field(m.index)
			if m.omitEmpty && isEmpty(field) {
				continue
			}
			b = append(append(b, ','), m.name...)
			if b, err = m.encode(b, field); err != nil {
				return nil, err
			}
		}
		if len(b) == start {
			return append(b, '{', '}'), nil
		}
		b[start] = '{'
		return append(b, '}'), nil
	}
}

func notInName(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// isEmpty is what omitempty leaves out.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct, reflect.Chan, reflect.Func:
		return false
	}
	return v.IsZero()
}

func appendTime(b []byte, v reflect.Value) ([]byte, error) {
	var t *time.Time
	if v.CanAddr() {
		t = v.Addr().Interface().(*time.Time) // a copy would be allocated
	} else {
		copied := v.Interface().(time.Time)
		t = &copied
	}
	b, err := t.AppendText(append(b, '"'))
	return append(b, '"'), err
}

// appendString appends as it is what needs no escape.
func appendString(b []byte, s string) ([]byte, error) {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == '"' || c == '\\':
			return appendPlain(b, reflect.ValueOf(s))
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	if !ascii && (!utf8.ValidString(s) || strings.Contains(s, "\u2028") || strings.Contains(s, "\u2029")) {
		return appendPlain(b, reflect.ValueOf(s))
	}
	return append(append(append(b, '"'), s...), '"'), nil
}

// appendPlain is encoding/json itself.
func appendPlain(b []byte, v reflect.Value) ([]byte, error) {
	if v.CanAddr() { // else a method of the pointer would not be found
		v = v.Addr()
	}
	var text bytes.Buffer
	if err := encodePlain(&text, v.Interface()); err != nil {
		return nil, err
	}
	return append(b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...), nil
}

func encodePlain(w io.Writer, v any) error {
	plain := json.NewEncoder(w)
	plain.SetEscapeHTML(false)
	return plain.Encode(v)
}
