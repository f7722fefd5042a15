package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/internal/plain"
)

func (a *app) safetyCommand() *cobra.Command {
	var at uint64
	var theirs string
	var cmd *cobra.Command
	cmd = a.command(spec{
		use:   "safety HANDLE|CONVERSATION [--at ENTRY | --compare TEXT]",
		short: "Show the numbers by which people know that no one stands between them",
		long: `Compare the safety number with what the other sees, when you meet or on a call. It
stays the same when devices come and go, and changes only when an account is made
anew.

The history number tells whether the server shows you both the same conversation.
It changes with each message, so name the entry that it is for: one of you reads out
entry and number, the other one gives them to --compare, or looks up his own number
there with --at. Everybody in a group can do so: name it as #NAME.`,
		example: "  coffer safety bob\n  coffer safety bob --compare '412: 64690 20554 67450 30173 44354 25283 68372 23272'\n  coffer safety '#family' --at 412",
		args:    []string{"HANDLE"},
		run: func(ctx context.Context, args []string) error {
			place, compare := cmd.Flags().Changed("at"), cmd.Flags().Changed("compare")
			switch {
			case place && compare:
				return usagef("--at and --compare: only one of these at once")
			case compare && theirs == "":
				return usagef("--compare wants what the other one sees")
			case place && at == 0:
				return usagef("--at must be at least 1")
			}
			return a.engine(ctx, func(e engine) error {
				switch {
				case compare:
					return a.compareHistory(ctx, e, args[0], theirs)
				case place || strings.HasPrefix(args[0], "#"):
					return a.showHistory(ctx, e, args[0], at)
				}
				s, err := e.Safety(ctx, args[0])
				if err != nil {
					return err
				}
				o := safetyObject{Type: "safety", Handle: s.Handle, Account: s.Account, Number: s.Number, Link: s.Link, Pinned: s.Pinned, Keeps: s.KeepsHistory, Name: s.Name}
				n, err := e.HistoryNumber(ctx, args[0], 0)
				if err != nil && fault.KindOf(err) != fault.KindUsage { // nothing was said yet
					return err
				}
				o.Seq, o.History = n.Seq, n.Number
				a.print(o, func(w io.Writer) {
					a.printSafety(w, s)
					if n.Seq > 0 {
						a.printHistoryNumber(w, n)
					}
				})
				return nil
			})
		},
	})
	cmd.Flags().Uint64Var(&at, "at", 0, "show the history number at entry `N` instead of the newest")
	cmd.Flags().StringVar(&theirs, "compare", "", "compare entry and number in `TEXT`, as the other one sees them")
	return cmd
}

func (a *app) printSafety(w io.Writer, s client.Safety) {
	fmt.Fprintf(w, "Safety number with %s:\n\n", a.style().bold(plain.Line(s.Handle)))
	for _, line := range numberLines(s.Number) {
		fmt.Fprintf(w, "    %s\n", line)
	}
	if s.Name != "" {
		fmt.Fprintf(w, "\nThey call themselves %s, as anybody could.", plain.Line(s.Name))
	}
	fmt.Fprintf(w, "\nContact link: %s\n", plain.Line(s.Link))
	if s.Pinned {
		fmt.Fprintln(w, "This account has been the same since your first contact. Whether it was theirs\nthen, only comparing the number, or their contact link, can show.")
	} else {
		fmt.Fprintln(w, "You meet this account for the first time: that it is theirs, you have only from\nthe server, until you compare the number or use their contact link.")
	}
	keeps := "keeps no history at the server: what you write is on their devices only."
	if s.KeepsHistory {
		keeps = "keeps a history at the server, readable by their devices and ways back in."
	}
	fmt.Fprintf(w, "%s %s\n", plain.Line(s.Handle), keeps)
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
