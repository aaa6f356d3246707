package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// administrators is where Debian has servers, which the PATH of a user may lack.
const administrators = "/usr/sbin"

// Need is the path of the first of these programs that is here. Without any the test is skipped, with a loud line that says which
// package of Debian to install; with CI=true that is a failure.
func Need(t testing.TB, debian string, programs ...string) string {
	t.Helper()
	for _, name := range programs {
		for _, candidate := range []string{name, filepath.Join(administrators, name)} {
			if path, err := exec.LookPath(candidate); err == nil {
				return path
			}
		}
	}
	missing := strings.Join(programs, " or ")
	if os.Getenv("CI") == "true" {
		t.Fatalf("there is no %s for the tests, and CI=true (Debian: apt-get install %s)", missing, debian)
	}
	fmt.Fprintf(os.Stderr, "\n*** SKIPPED: %s: there is no %s. Install it (Debian: apt-get install %s).\n\n", t.Name(),
		missing, debian)
	t.Skip("no " + missing)
	return ""
}
