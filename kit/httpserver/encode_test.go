package httpserver

import (
	"bytes"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tienda-go/tienda/kit/money"
)

type base struct {
	Heredado string `json:"heredado"`
}

type state string

type loud string

// MarshalText has a pointer receiver: encoding/json calls it for values that have an address, and for no others.
func (l *loud) MarshalText() ([]byte, error) { return []byte(strings.ToUpper(string(*l))), nil }

type node struct {
	Name string  `json:"name"`
	Next *node   `json:"next,omitempty"`
	Kids []*node `json:"kids"`
}

type row struct {
	ID       int64             `json:"id"`
	Small    int8              `json:"small,omitempty"`
	Text     string            `json:"text"`
	Absent   string            `json:"absent,omitempty"`
	State    state             `json:"state"`
	Loud     loud              `json:"loud"`
	Price    money.Amount      `json:"price"`
	Empty    money.Amount      `json:"empty,omitempty"`
	Yes      bool              `json:"yes"`
	At       time.Time         `json:"at"`
	Later    *time.Time        `json:"later,omitempty"`
	Since    time.Time         `json:"since,omitempty"`
	Tags     []string          `json:"tags"`
	Fewer    []string          `json:"fewer,omitempty"`
	Map      map[string]string `json:"map,omitempty"`
	Raw      []byte            `json:"raw"`
	Float    float64           `json:"float"`
	Unsigned uint64            `json:"unsigned"`
	Any      any               `json:"any"`
	Array    [2]int            `json:"array,omitempty"`
	Inner    struct {
		A string `json:"a,omitempty"`
	} `json:"inner"`
	Untagged string
	Hidden   string `json:"-"`
	private  string
	Node     node `json:"node"`
}

type embedding struct {
	base
	Own string `json:"own"`
}

type odd struct {
	Dash    string `json:"-,"`
	Quoted  int    `json:"quoted,string"`
	Zero    int    `json:"zero,omitzero"`
	Strange string `json:"<a&b>"`
}

// twice has two members of one name, which encoding/json leaves out.
func twice() any {
	return reflect.New(reflect.StructOf([]reflect.StructField{
		{Name: "A", Type: reflect.TypeFor[string](), Tag: `json:"x"`}, {Name: "B", Type: reflect.TypeFor[string](), Tag: `json:"x"`},
	})).Interface()
}

func requirePlain(t require.TestingT, v any) {
	var want, got bytes.Buffer
	wanted := encodePlain(&want, v)
	err := encodeJSON(&got, v)
	if wanted != nil {
		require.Error(t, err)
		require.Empty(t, got.String())
		return
	}
	require.NoError(t, err)
	require.Equal(t, want.String(), got.String())
}

func TestEncodeJSON_is_encoding_json(t *testing.T) {
	t.Parallel()
	var none *row
	at := time.Date(2026, 1, 2, 3, 4, 5, 600, time.FixedZone("", 3600))
	for _, v := range []any{
		nil, none, []row(nil), []row{}, "a", 7, true, 1.5, row{}, &row{}, []row{{}, {}}, []*row{nil, {Later: &at}}, embedding{}, &embedding{base{"b"}, "c"},
		odd{Dash: "d"}, twice(), loud("a"), []loud{"a"}, struct{ L loud }{"a"}, &struct{ L loud }{"a"}, struct{}{}, map[string]row{"z": {}, "a": {}},
		[]any{1, "x", nil}, at, &at, []time.Time{at, {}}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), []time.Time{time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)},
		struct{ T time.Time }{time.Date(1, 1, 1, 0, 0, 0, 0, time.FixedZone("", 90_000))}, math.NaN(), func() {}, []func(){nil}, money.Amount(-105),
		node{Name: "a", Next: &node{Name: "b"}, Kids: []*node{{}, nil}}, [2]row{}, newProblem(errUnreadable.New("x")), &odd{Zero: 1}, []byte("x"), []uint8(nil),
	} {
		requirePlain(t, v)
	}
}

func TestEncodeJSON_strings(t *testing.T) {
	t.Parallel()
	for i := range 0x300 {
		requirePlain(t, "a"+string(rune(i))+"b")
		requirePlain(t, "a"+string([]byte{byte(i)})+"b")
	}
	for _, s := range []string{"\u2027", "\u2028", "\u2029", "\u202a", "\ud7ff", "\ue000", "\ufeff", "\ufffd", "\U0010ffff", "\xed\xa0\x80", "<a&b>", "ñ\xff"} {
		requirePlain(t, []string{s})
	}
}

func TestEncodeJSON_any_row(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Just(""), rapid.SampledFrom([]string{"Taza", "ñandú", "a\nb", "\"", "\xff", "<b>"}))
		r := rapid.Custom(func(t *rapid.T) row {
			at := time.Unix(rapid.Int64Range(0, 1<<34).Draw(t, "s"), rapid.Int64Range(0, 1e9-1).Draw(t, "ns")).UTC()
			return row{
				ID: rapid.Int64().Draw(t, "id"), Text: text.Draw(t, "text"), Absent: text.Draw(t, "absent"), State: state(text.Draw(t, "state")),
				Loud: loud(text.Draw(t, "loud")), Price: money.Amount(rapid.Int64Range(math.MinInt64+1, math.MaxInt64).Draw(t, "price")), At: at, Later: &at,
				Tags: rapid.SliceOf(text).Draw(t, "tags"), Map: rapid.MapOf(text, text).Draw(t, "map"), private: "p", Any: text.Draw(t, "any"),
			}
		})
		requirePlain(t, rapid.SliceOf(r).Draw(t, "rows"))
		requirePlain(t, r.Draw(t, "row"))
	})
}

func TestEncodeJSON_allocates_nothing_a_row(t *testing.T) {
	type short struct {
		ID    int64        `json:"id"`
		Text  string       `json:"text"`
		Price money.Amount `json:"price"`
		At    time.Time    `json:"at"`
		Tags  []string     `json:"tags"`
	}
	list := make([]short, 1000)
	for i := range list {
		list[i] = short{int64(i), "Taza de ñandú", 1999, time.Unix(1_700_000_000, 5).UTC(), []string{"a"}}
	}
	assert.Less(t, testing.AllocsPerRun(10, func() { require.NoError(t, encodeJSON(io.Discard, list)) }), 100.0)
}
