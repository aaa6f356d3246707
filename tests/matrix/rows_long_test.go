//go:build long

package matrix

// historyRows is a million with the tag long.
const historyRows = 1_000_000
