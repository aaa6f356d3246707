package archtest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const malo = "example.com/malo/"

func TestCheck(t *testing.T) {
	t.Setenv("GOWORK", "off") // the module under testdata belongs to no workspace
	for name, c := range map[string]struct {
		rule Rule
		want []string
	}{
		"allowed":       {Rule{In: "adapters/store", MayImport: []string{}}, nil},
		"allowed below": {Rule{In: "adapters/...", MayImport: []string{malo + "adapters"}}, nil},
		"not on the list": {Rule{In: "domain", MayImport: []string{}},
			[]string{malo + "domain must not import " + malo + "adapters/store"}},
		"forbidden": {Rule{In: "adapters/web", MustNotImport: []string{malo + "adapters/store"}},
			[]string{malo + "adapters/web must not import " + malo + "adapters/store"}},
		"linked":              {Rule{In: "domain", MustNotLink: []string{"fmt"}}, []string{malo + "domain must not link fmt"}},
		"linked by none":      {Rule{In: "domain", MustNotLink: []string{"net/http"}}, nil},
		"a name is no prefix": {Rule{In: "adapters/web", MustNotImport: []string{malo + "adapters/st"}}, nil},
		"left out": {Rule{In: "adapters/...", Except: []string{"adapters/web"},
			MustNotImport: []string{malo + "adapters"}}, nil},
		"outside of within": {Rule{In: "domain", Within: "example.com/bueno", MayImport: []string{}}, nil},
		"within": {Rule{In: "domain", Within: malo, MayImport: []string{}},
			[]string{malo + "domain must not import " + malo + "adapters/store"}},
		"matches nothing": {Rule{In: "dominio"}, []string{`the rule for "dominio" matches no package: mend or remove it`}},
		"confined":        {Only(malo+"adapters/store", "domain", "adapters/web"), nil},
		"escaped": {Only(malo+"adapters/store", "domain"),
			[]string{malo + "adapters/web must not import " + malo + "adapters/store: only domain may"}},
		"confined to no package": {Only("fmt", "adapters/store", "domain"),
			[]string{`the rule for "fmt" allows it in "domain", which does not import it: mend or remove it`}},
		"tests only": {Only("fmt"), []string{malo + "adapters/store must not import fmt: only tests may"}},
		"says nothing": {Rule{In: "domain"},
			[]string{`the rule for "domain" says nothing: give it MayImport, MustNotImport or MustNotLink`}},
		"tests do import it": {Only("testing"), nil},
		"tests do not": {Only("testify"),
			[]string{`the rule for "testify" allows it to tests, and none imports it: mend or remove it`}},
		"confined in a folder": {Only("fmt", "adapters/..."), nil},
	} {
		got, err := check("testdata/malo", []Rule{c.rule})
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got, name)
	}
}
