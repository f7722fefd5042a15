package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

func (a *app) recoveryLogCommand() *cobra.Command {
	return a.command(spec{
		use:   "log",
		short: "Show who tried your PIN, as its realms tell",
		long: `Each realm signs its own log; your server can add nothing to it and take nothing
from it. A guess that no 'opened' follows was wrong, or was given up. What you do
yourself, such as 'coffer recovery test', is in it, too.`,
		example: `  coffer recovery log`,
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error {
				l, err := e.GuessLog(ctx)
				if err != nil {
					return err
				}
				a.progress.end()
				if a.json {
					for _, g := range l.Guesses {
						writeObject(a.out, guessOf(g))
					}
					for _, r := range l.Silent {
						writeObject(a.out, guessObject{Type: "guess", Event: "silent", Realm: r})
					}
				} else {
					a.printGuesses(l)
				}
				for _, r := range l.Silent {
					a.note("No log that verifies came from %s.", escapeLine(r))
				}
				return nil
			})
		},
	})
}

func (a *app) printGuesses(l client.GuessLog) {
	var rows [][]string
	for _, g := range l.Guesses {
		about := ""
		if g.InARow > 0 {
			about = plural(g.InARow, "guess", "guesses") + " in a row"
		}
		rows = append(rows, []string{a.dayTime(g.Time), g.Event, escapeLine(g.Realm), about})
	}
	s := a.style()
	table(a.out, rows, func(row, column int, text string) string {
		if column == 1 && slices.Contains([]string{"guess", "wrong proof", "locked"}, l.Guesses[row].Event) {
			return s.warn(text)
		}
		return text
	})
	if len(rows) == 0 {
		fmt.Fprintln(a.out, "The realms have nothing to tell.")
	}
}

type guessObject struct {
	Type     string `json:"type"`
	Time     string `json:"time"`
	Event    string `json:"event"`
	Realm    string `json:"realm"`
	PIN      string `json:"pin"`
	InARow   int    `json:"inARow"`
	Failures int    `json:"failures"`
}

func guessOf(g client.Guess) guessObject {
	return guessObject{"guess", timestamp(g.Time), g.Event, g.Realm, g.PIN.String(), g.InARow, g.Failures}
}
