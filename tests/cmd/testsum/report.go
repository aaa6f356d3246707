package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tienda-go/tienda/tests/terminal"
)

// event is a line of `go test -json` (go doc test2json; the build events are those of go help buildjson).
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// report counts tests and keeps their output until it is known whether it must be shown.
type report struct {
	out                     *terminal.Terminal
	start                   time.Time
	running                 map[string]*pkg
	builds                  map[string][]string // what the compiler said, by import path
	passed, failed, skipped int
	failures, skips         []string
	packages, badPackages   int
}

// pkg is a package whose tests run. The name of a test is its path with slashes; "" is the package itself.
type pkg struct {
	results map[string]string // pass, fail or skip
	output  map[string][]string
	parents map[string]bool // tests that hold others; those are counted instead
}

func newReport(out *terminal.Terminal) *report {
	return &report{out: out, start: time.Now(), running: map[string]*pkg{}, builds: map[string][]string{}}
}

func (r *report) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil || e.Action == "" {
		r.out.Printf("%s", line)
		return
	}
	if e.Action == "build-output" {
		r.builds[e.ImportPath] = append(r.builds[e.ImportPath], e.Output)
	}
	if e.Package == "" {
		return
	}
	p := r.running[e.Package]
	if p == nil {
		p = &pkg{results: map[string]string{}, output: map[string][]string{}, parents: map[string]bool{}}
		r.running[e.Package] = p
	}
	switch e.Action {
	case "run":
		if i := strings.LastIndexByte(e.Test, '/'); i >= 0 {
			p.parents[e.Test[:i]] = true
		}
	case "output":
		p.output[e.Test] = append(p.output[e.Test], e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.end(e, p)
			delete(r.running, e.Package)
			return
		}
		p.results[e.Test] = e.Action
		if e.Action == "pass" {
			delete(p.output, e.Test)
		}
	}
}

// end counts the tests of a package and prints its line, preceded by the output of what failed in it.
func (r *report) end(e event, p *pkg) {
	name := strings.TrimPrefix(e.Package, "github.com/tienda-go/tienda/")
	passed, failed, skipped := 0, 0, 0
	for _, test := range slices.Sorted(maps.Keys(p.results)) {
		switch result := p.results[test]; {
		case result == "fail" && !p.childFailed(test):
			failed++
			r.failures = append(r.failures, name+" "+test)
		case p.parents[test]:
		case result == "pass":
			passed++
		case result == "skip":
			skipped++
			r.skips = append(r.skips, name+" "+test+": "+p.reason(test))
		}
	}
	if e.Action == "fail" {
		r.show(e, p)
		if failed == 0 { // it did not build, panicked outside of a test, or ran out of time
			failed = 1
			r.failures = append(r.failures, name)
		}
	}
	r.passed, r.failed, r.skipped = r.passed+passed, r.failed+failed, r.skipped+skipped
	switch {
	case e.Action == "fail":
		r.packages, r.badPackages = r.packages+1, r.badPackages+1
		r.out.Printf("%s %-40s %d of %d failed\n", r.out.Paint(terminal.Red, "FAIL"), name, failed, passed+failed)
	case passed+skipped > 0:
		r.packages++
		r.out.Printf("%s %-40s %5d tests %6.1f s\n", r.out.Paint(terminal.Green, "ok  "), name, passed, e.Elapsed)
	}
}

// show prints the output of the compiler and of all tests that did not pass or skip: failures, panics, incomplete tests.
func (r *report) show(e event, p *pkg) {
	for _, line := range r.builds[e.FailedBuild] {
		r.out.Printf("%s", line)
	}
	for _, test := range slices.Sorted(maps.Keys(p.output)) {
		for _, line := range p.output[test] {
			if p.results[test] != "skip" && !strings.HasPrefix(strings.TrimSpace(line), "=== ") {
				r.out.Printf("%s", line)
			}
		}
	}
}

// childFailed reports whether a test below this one failed: then this one is no failure of its own.
func (p *pkg) childFailed(parent string) bool {
	for test, result := range p.results {
		if result == "fail" && strings.HasPrefix(test, parent+"/") {
			return true
		}
	}
	return false
}

// reason is the message of a skipped test.
func (p *pkg) reason(test string) string {
	for _, line := range p.output[test] {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			return line
		}
	}
	return "no reason given"
}

func (r *report) summary() {
	for _, list := range []struct {
		title string
		style terminal.Style
		names []string
	}{{"Skipped:", terminal.Yellow, r.skips}, {"Failed:", terminal.Red, r.failures}} {
		if len(list.names) > 0 {
			r.out.Printf("\n%s\n  %s\n", r.out.Paint(list.style, list.title), strings.Join(list.names, "\n  "))
		}
	}
	r.out.Printf("\n%d packages, %d of them failed, in %s\n", r.packages, r.badPackages, time.Since(r.start).Round(time.Second))
	style := terminal.Green
	if r.failed > 0 {
		style = terminal.Red
	}
	r.out.Printf("%s\n", r.out.Paint(style, fmt.Sprintf("%d passed, %d failed, %d skipped", r.passed, r.failed, r.skipped)))
}
