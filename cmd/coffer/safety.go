package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

func (a *app) safetyCommand() *cobra.Command {
	return a.command(spec{
		use:   "safety HANDLE",
		short: "Show the number by which two people know that no one stands between them",
		long: `Compare it with what the other sees, when you meet or on a call. It stays the same
when devices come and go, and changes only when an account is made anew.`,
		example: `  coffer safety bob`,
		args:    []string{"HANDLE"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				s, err := e.Safety(ctx, args[0])
				if err != nil {
					return err
				}
				o := safetyObject{"safety", s.Handle, s.Account, s.Number, s.Link, s.Pinned, s.KeepsHistory, s.Name}
				a.print(o, func(w io.Writer) { a.printSafety(w, s) })
				return nil
			})
		},
	})
}

func (a *app) printSafety(w io.Writer, s client.Safety) {
	fmt.Fprintf(w, "Safety number with %s:\n\n", a.style().bold(escapeLine(s.Handle)))
	for _, line := range numberLines(s.Number) {
		fmt.Fprintf(w, "    %s\n", line)
	}
	if s.Name != "" {
		fmt.Fprintf(w, "\nThey call themselves %s, as anybody could.", escapeLine(s.Name))
	}
	fmt.Fprintf(w, "\nContact link: %s\n", escapeLine(s.Link))
	if s.Pinned {
		fmt.Fprintln(w, "This account has been the same since your first contact. Whether it was theirs\nthen, only comparing the number, or their contact link, can show.")
	} else {
		fmt.Fprintln(w, "You meet this account for the first time: that it is theirs, you have only from\nthe server, until you compare the number or use their contact link.")
	}
	keeps := "keeps no history at the server: what you write is on their devices only."
	if s.KeepsHistory {
		keeps = "keeps a history at the server, readable by their devices and ways back in."
	}
	fmt.Fprintf(w, "%s %s\n", escapeLine(s.Handle), keeps)
}

// numberLines writes the digits in groups of five, four groups a line.
func numberLines(number string) []string {
	digits := strings.ReplaceAll(number, " ", "")
	var groups, lines []string
	for len(digits) > 0 {
		n := min(5, len(digits))
		groups = append(groups, digits[:n])
		digits = digits[n:]
	}
	for len(groups) > 0 {
		n := min(4, len(groups))
		lines = append(lines, strings.Join(groups[:n], " "))
		groups = groups[n:]
	}
	return lines
}
