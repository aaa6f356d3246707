//go:build !long

package matrix

// historyRows is how long the history is that TestPlans asks of: enough to tell what grows with it.
const historyRows = 20_000
