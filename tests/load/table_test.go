package load_test

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// measurement is one run of a work: totals, or differences of totals.
type measurement struct {
	operations, seconds      float64
	p50, p99                 float64 // milliseconds
	services, database       float64 // CPU seconds
	mallocs                  float64
	statements, commits, wal float64 // of PostgreSQL; WAL in bytes
	least                    float64 // operations a second of the least; 0 = not measured
}

func (m measurement) since(before measurement) measurement {
	m.services -= before.services
	m.database -= before.database
	m.mallocs -= before.mallocs
	m.statements -= before.statements
	m.commits -= before.commits
	m.wal -= before.wal
	return m
}

func (w *work) add(m measurement) { w.measured = append(w.measured, m) }

// result is the median run of a work, a row of the table.
type result struct {
	Engine     string  `json:"engine"`
	Work       string  `json:"work"`
	PerSecond  float64 `json:"per_second"`
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	Services   float64 `json:"services_cpu_ms"` // of each operation, as all that follows
	Database   float64 `json:"database_cpu_ms"`
	Mallocs    float64 `json:"allocations"`
	Statements float64 `json:"round_trips"` // statements: each is a round trip
	Commits    float64 `json:"commits"`
	WAL        float64 `json:"wal_bytes"`
	Ratio      float64 `json:"ratio_to_least"` // 0 = not measured
}

func (w *work) result(engine string) result {
	slices.SortFunc(w.measured, func(a, b measurement) int {
		return int(1000 * (a.operations/a.seconds - b.operations/b.seconds))
	})
	m := w.measured[len(w.measured)/2]
	r := result{
		Engine: engine, Work: w.name, PerSecond: m.operations / m.seconds, P50: m.p50, P99: m.p99,
		Services: 1000 * m.services / m.operations, Database: 1000 * m.database / m.operations, Mallocs: m.mallocs / m.operations,
		Statements: m.statements / m.operations, Commits: m.commits / m.operations, WAL: m.wal / m.operations,
	}
	if m.least > 0 {
		r.Ratio = r.PerSecond / m.least
	}
	return r
}

func show(out io.Writer, results []result) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\twork\t/s\tp50 ms\tp99 ms\tservices ms\tdatabase ms\tallocations\tround trips\tcommits\tWAL bytes\tto the least\t")
	for _, r := range results {
		ratio := "-"
		if r.Ratio > 0 {
			ratio = fmt.Sprintf("%.2f", r.Ratio)
		}
		fmt.Fprintf(table, "%s\t%s\t%.0f\t%.1f\t%.1f\t%.2f\t%.2f\t%.0f\t%.1f\t%.1f\t%.0f\t%s\t\n", r.Engine, r.Work, r.PerSecond, r.P50, r.P99,
			r.Services, r.Database, r.Mallocs, r.Statements, r.Commits, r.WAL, ratio)
	}
	_ = table.Flush()
}
