package e2e_test

import (
	"flag"
	"os"
	"testing"
)

// Most of these tests wait most of their time, for a poll, a lease or a new key: more of them run at the same time than there are
// processors. The tests that load a shop as much as they can are not parallel: each runs alone. `go test -parallel` overrides the
// number.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", "4")
	}
	os.Exit(m.Run())
}
