// Package mutants shows that the chaos suite finds defects: each mutant breaks the shop in one way that the promises exclude,
// and a run must notice it. The compiler builds a changed copy of a file instead of the source (go build -overlay), so that
// production code has no broken branch. The tests need the build tag "long".
package mutants
