// Package mutants shows that the chaos suite finds defects: each mutant breaks the shop in one way that the promises exclude,
// and a run must notice it. The compiler builds a changed copy of a file instead of the source (go build -overlay), so that
// production code has no broken branch. The runs need the build tag "long". Without it a test looks whether the code that the
// mutants change is still there.
package mutants
