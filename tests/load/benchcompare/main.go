// Command benchcompare sets two files of make bench side by side, with a verdict a line.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/tienda-go/tienda/tests/load"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "benchcompare needs two files of make bench: make bench-compare A=before.json B=after.json")
		os.Exit(2)
	}
	var reports [2]load.Report
	for i, name := range os.Args[1:] {
		raw, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(raw, &reports[i])
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "benchcompare cannot read %s: %v\n", name, err)
			os.Exit(1)
		}
	}
	load.Compare(os.Stdout, reports[0], reports[1])
}
