//go:build !long

package matrix

// historyRows is the number of rows of the history in TestPlans: enough to see what grows with it.
const historyRows = 20_000
