// Package mutants shows that the chaos suite bites: the shop is broken on purpose, in every way that its promises are meant to
// exclude, and a run must notice each of them. What is broken is a copy; the compiler is told to use it instead of the source
// (go build -overlay), so that production code has no broken branch in it. The tests need the build tag "long".
package mutants
