package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/freedompay-go/freedompay/gen/catalog"
)

// listed is an operation as `operations --json` prints it.
type listed struct {
	ID       string   `json:"id"`
	API      string   `json:"api"`
	Method   string   `json:"method"`
	Path     string   `json:"path"`
	Security string   `json:"security"`
	Evidence string   `json:"evidence"`
	Source   []string `json:"source"`
}

func newOperations(e *env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "operations [--json]",
		Short: "List the operations that can be called",
		Long: `Lists the operations that can be called, with what each rests on. Evidence is full, partial,
mirror (seen only in the documentation's Kyrgyz or Uzbek mirror) or example-only. With --json
it prints an array of objects with id, api, method, path, security, evidence and source.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				all := []listed{}
				for _, op := range catalog.All() {
					all = append(all, listed{op.ID, op.API, op.Method, op.Path, string(op.Security), op.Evidence, op.Sources})
				}
				encoder := json.NewEncoder(e.out)
				encoder.SetEscapeHTML(false)
				encoder.SetIndent("", "  ")
				return encoder.Encode(all)
			}
			w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "OPERATION\tMETHOD\tPATH\tSECURITY\tEVIDENCE\tSUMMARY")
			for _, op := range catalog.All() {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", op.ID, op.Method, op.Path, op.Security, op.Evidence, op.Summary)
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
