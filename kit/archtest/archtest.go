// Package archtest tests a module's direction of dependencies by a table of rules. A rule that matches nothing fails too.
package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// Rule says what packages, but not their tests, may import. Patterns are as for go list: "domain", "adapters/...", "./...".
type Rule struct {
	In            string
	Except        []string // packages that In matches, but the rule does not apply to
	MayImport     []string // the only imports allowed beside the standard library; nil = any import
	Within        string   // MayImport judges only import paths below this one; "" = all import paths
	MustNotImport []string
	MustNotLink   []string // neither these packages nor the packages that they import, directly or not

	importers []string // set by Only: In is an import path that only these packages may import
}

// Only allows an import path, and all below it, in these packages; without packages, in tests. Each of them must import it.
func Only(importPath string, packages ...string) Rule {
	return Rule{In: importPath, importers: append([]string{}, packages...)}
}

// Check applies the rules to the module of the test's working directory.
func Check(t *testing.T, rules ...Rule) {
	t.Helper()
	problems, err := check(".", rules)
	if err != nil {
		t.Fatalf("archtest: %v", err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// pkg is what `go list` says about a package.
type pkg struct {
	ImportPath   string
	Imports      []string
	Deps         []string
	TestImports  []string
	XTestImports []string
	Module       struct{ Path string }
	name         string // relative to the module; "." for its root
}

func check(dir string, rules []Rule) ([]string, error) {
	packages, err := list(dir)
	if err != nil {
		return nil, err
	}
	var problems []string
	for _, r := range rules {
		if r.importers != nil {
			problems = append(problems, r.checkOnly(packages)...)
		} else {
			problems = append(problems, r.checkImports(packages)...)
		}
	}
	return problems, nil
}

// list merges the built files with the files that only Wire reads: the imports of both count.
func list(dir string) ([]*pkg, error) {
	byPath := map[string]*pkg{}
	for _, tags := range []string{"", "wireinject"} {
		cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,Deps,TestImports,XTestImports,Module", "-tags="+tags, "./...")
		cmd.Dir = dir
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("go list: %w: %s", err, stderr.String())
		}
		decoder := json.NewDecoder(bytes.NewReader(out))
		for {
			p := &pkg{}
			if err := decoder.Decode(p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, fmt.Errorf("go list: %w", err)
			}
			p.name = strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, p.Module.Path), "/")
			if p.name == "" {
				p.name = "."
			}
			if known, ok := byPath[p.ImportPath]; ok {
				known.Imports = append(known.Imports, p.Imports...)
				known.Deps = append(known.Deps, p.Deps...)
				known.TestImports = append(known.TestImports, p.TestImports...)
				known.XTestImports = append(known.XTestImports, p.XTestImports...)
				continue
			}
			byPath[p.ImportPath] = p
		}
	}
	packages := make([]*pkg, 0, len(byPath))
	for _, p := range byPath {
		slices.Sort(p.Imports)
		p.Imports = slices.Compact(p.Imports)
		packages = append(packages, p)
	}
	slices.SortFunc(packages, func(a, b *pkg) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	return packages, nil
}

func (r Rule) checkImports(packages []*pkg) (problems []string) {
	matched := false
	for _, p := range packages {
		if !matches(r.In, p.name) || slices.ContainsFunc(r.Except, func(pattern string) bool { return matches(pattern, p.name) }) {
			continue
		}
		matched = true
		for _, imported := range p.Imports {
			allowed := r.MayImport == nil || standard(imported) || covers(r.MayImport, imported) ||
				r.Within != "" && !under(imported, r.Within)
			if !allowed || covers(r.MustNotImport, imported) {
				problems = append(problems, fmt.Sprintf("%s must not import %s", p.ImportPath, imported))
			}
		}
		for _, forbidden := range r.MustNotLink {
			if slices.ContainsFunc(p.Deps, func(linked string) bool { return under(linked, forbidden) }) {
				problems = append(problems, fmt.Sprintf("%s must not link %s", p.ImportPath, forbidden))
			}
		}
	}
	switch {
	case !matched:
		problems = append(problems, fmt.Sprintf("the rule for %q matches no package: mend or remove it", r.In))
	case r.MayImport == nil && r.MustNotImport == nil && r.MustNotLink == nil:
		problems = append(problems, fmt.Sprintf("the rule for %q says nothing: give it MayImport, MustNotImport or MustNotLink", r.In))
	}
	return problems
}

func (r Rule) checkOnly(packages []*pkg) (problems []string) {
	for _, pattern := range r.importers {
		if !slices.ContainsFunc(packages, func(p *pkg) bool { return matches(pattern, p.name) && imports(p, r.In) }) {
			problems = append(problems,
				fmt.Sprintf("the rule for %q allows it in %q, which does not import it: mend or remove it", r.In, pattern))
		}
	}
	who := strings.Join(r.importers, ", ")
	if who == "" {
		who = "tests"
		if !slices.ContainsFunc(packages, func(p *pkg) bool { return imports(p, r.In) || testsImport(p, r.In) }) {
			problems = append(problems, fmt.Sprintf("the rule for %q allows it to tests, and none imports it: mend or remove it", r.In))
		}
	}
	for _, p := range packages {
		allowed := slices.ContainsFunc(r.importers, func(pattern string) bool { return matches(pattern, p.name) })
		if !allowed && imports(p, r.In) {
			problems = append(problems, fmt.Sprintf("%s must not import %s: only %s may", p.ImportPath, r.In, who))
		}
	}
	return problems
}

func matches(pattern, name string) bool {
	if folder, ok := strings.CutSuffix(pattern, "/..."); ok {
		return folder == "." || name == folder || strings.HasPrefix(name, folder+"/")
	}
	return path.Clean(pattern) == name
}

func imports(p *pkg, importPath string) bool {
	return slices.ContainsFunc(p.Imports, func(i string) bool { return under(i, importPath) })
}

func testsImport(p *pkg, importPath string) bool {
	return slices.ContainsFunc(slices.Concat(p.TestImports, p.XTestImports), func(i string) bool { return under(i, importPath) })
}

func covers(list []string, imported string) bool {
	return slices.ContainsFunc(list, func(allowed string) bool { return under(imported, allowed) })
}

func under(importPath, root string) bool {
	root = strings.TrimSuffix(root, "/")
	return importPath == root || strings.HasPrefix(importPath, root+"/")
}

// standard: the first element of an import path of a module has a dot.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}
