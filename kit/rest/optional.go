package rest

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Optional is a member of a merge patch (RFC 7396), or a parameter, that may be absent. A zero value counts. null is refused.
type Optional[T any] struct {
	Set   bool
	Value T
}

// UnmarshalJSON is called only for a member that is there.
func (o *Optional[T]) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" { // Huma accepts null for every optional member
		return &json.UnmarshalTypeError{Value: "null", Type: reflect.TypeFor[T]()}
	}
	o.Set = true
	return json.Unmarshal(raw, &o.Value)
}

// Schema is that of T.
func (o Optional[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

// Receiver is where Huma writes a parameter (huma.ParamWrapper).
func (o *Optional[T]) Receiver() reflect.Value { return reflect.ValueOf(&o.Value).Elem() }

// OnParamSet is called for a parameter that is there (huma.ParamReactor).
func (o *Optional[T]) OnParamSet(set bool, _ any) { o.Set = set }

// Pointer is nil when the value is absent.
func (o Optional[T]) Pointer() *T {
	if !o.Set {
		return nil
	}
	return &o.Value
}

// Removable is a member of a merge patch that may be absent, or null to remove the field.
type Removable[T any] struct {
	Set, Null bool
	Value     T
}

// UnmarshalJSON is called only for a member that is there.
func (o *Removable[T]) UnmarshalJSON(raw []byte) error {
	o.Set = true
	if string(raw) == "null" {
		o.Null = true
		return nil
	}
	return json.Unmarshal(raw, &o.Value)
}

// Schema is that of T, or null.
func (o Removable[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), false, "")
	s.Nullable = true
	return &s
}
