package main

import (
	"context"

	"github.com/coffer-chat/coffer/internal/plain"
	"github.com/spf13/cobra"
)

type guessObject struct {
	Type     string `json:"type"`
	Realm    string `json:"realm"`
	Seq      uint64 `json:"seq"`
	Time     string `json:"time"`
	Event    string `json:"event"`
	InARow   int    `json:"inARow"`
	Failures int    `json:"failures"`
}

// guessWords say what an event of a realm's log means.
var guessWords = map[string]string{
	"registered": "the PIN was set", "guess": "a guess was counted", "opened": "the guess was right",
	"wrong": "the guess was proved wrong", "locked": "used up and erased", "restored": "the realm came back from a backup",
}

func (a *app) recoveryLogCommand() *cobra.Command {
	return a.command(spec{
		use:   "log",
		short: "Show who tried the PIN, and when",
		long: `The realms that guard the PIN write down each guess before they answer it, and
sign what they wrote. It comes from the realms themselves, not from the server.
Each guess reaches several realms, so one that leaves guesses out stands against
the others.`,
		example: `  coffer recovery log`,
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error {
				list, missing, err := e.GuessLog(ctx)
				if err != nil {
					return err
				}
				a.progress.end()
				var rows [][]string
				for _, g := range list {
					if a.json {
						writeObject(a.out, guessObject{"guess", g.Realm, g.Seq, timestamp(g.Time), g.Event, g.InARow, g.Failures})
					}
					rows = append(rows, []string{a.dayTime(g.Time), plain.Line(g.Realm), guessWords[g.Event]})
				}
				if !a.json {
					table(a.out, rows, nil)
				}
				for _, r := range missing {
					a.note("No log that can be trusted came from %s.", plain.Line(r))
				}
				return nil
			})
		},
	})
}
