//go:build pact && long

package contracts

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestContracts_bite makes each change to the running provider: the contracts of the consumers that would notice are red with
// the reason, all others stay green.
func TestContracts_bite(t *testing.T) {
	harmful, names := 0, map[string]bool{}
	for _, c := range changes {
		require.False(t, names[c.name], "%s: a change is found by its name", c.name)
		names[c.name] = true
		if len(c.breaks) > 0 {
			harmful++
		}
	}
	require.Equal(t, []int{40, 13}, []int{harmful, len(changes) - harmful},
		"docs/modules.md and the Makefile say how many break a consumer, and how many none")
	for _, c := range changes {
		t.Run(strings.ReplaceAll(c.provider+" "+c.name, " ", "_"), func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestProviders$/^"+c.provider+"$")
			cmd.Env = append(os.Environ(), "CONTRACTS_CHANGE="+c.name)
			output, err := cmd.CombinedOutput()
			var named []string
			for _, consumer := range consumersOf(t, c.provider) {
				if strings.Contains(string(output), c.provider+" no longer answers as "+consumer+" relies on") {
					named = append(named, consumer)
				}
			}
			assert.Equal(t, c.breaks, named, "%s", output)
			assert.Equal(t, len(c.breaks) > 0, err != nil, "a contract that breaks is a failed run, and only that: %s", output)
		})
	}
}
