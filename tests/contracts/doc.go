// Package contracts has what each service expects of the others, and checks that they keep it (Pact, consumer-driven).
//
// The consumer's half runs a service's real outbound adapter against a server that answers as the adapter expects, and writes
// request and answer to pacts/<consumer>-<provider>.json. The provider's half starts the provider's real binary, sets up each
// state through its public API, sends the requests of every such file, and compares the answers. A contract names only what its
// consumer reads: more members than that break no consumer.
//
// The tests need the build tag pact, cgo, and a native library that `make contracts` fetches.
package contracts
