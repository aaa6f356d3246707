package text_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tienda-go/tienda/kit/text"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  Café \t de\u00a0olla ": "Café de olla",
		"Cafe\u0301":              "Café",
		"ﬁcha":                    "ficha",
		"Ｔｉｅｎｄａ":                  "Tienda",
	} {
		got, err := text.Clean(in)
		require.NoError(t, err, "%+q", in)
		assert.Equal(t, want, got)
	}
}

func TestClean_refuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"a\u200bb", "a\u00adb", "a\u202eb", "a\u2066b", "a\u061cb", "a\ufeffb", "a\u3164b", "a\u115fb", "a\ufe0fb",
		"a\U000e0041b", "a\uffffb", "a\ufdd0b", "a\x00b", "a\x7fb", "a\xffb", "a\uffa0b",
	} {
		_, err := text.Clean(in)
		require.ErrorIs(t, err, text.ErrInvisible, "%+q", in)
	}
	for _, in := range []string{"", " \t", "\u3000", "\u0301", "\u2800"} {
		_, err := text.Clean(in)
		require.ErrorIs(t, err, text.ErrEmpty, "%+q", in)
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"STRASSE", "straße", "Ｓtrasse", " Straße "} {
		got, err := text.Identity(in)
		require.NoError(t, err)
		assert.Equal(t, "strasse", got)
		again, err := text.Identity(got)
		require.NoError(t, err)
		assert.Equal(t, got, again)
	}
}

func TestKept(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Stra\u00dfe": "strasse", "Ta\u200bza": "taza", " a\u202e  B\xff": "a b", "\u200b": "", "": "",
	} {
		assert.Equal(t, want, text.Kept(in), "%+q", in)
	}
}

func TestSeen(t *testing.T) {
	t.Parallel()
	assert.True(t, text.Seen("Dos líneas,\n\tcon sangría: ñ €"))
	for _, s := range []string{"a\u202eb", "a\u200bb", "a\u00adb", "a\u0007b", "\xff"} {
		assert.False(t, text.Seen(s), "%+q", s)
	}
}
