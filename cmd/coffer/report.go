package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

// reporting is what report needs.
type reporting interface {
	DraftReport(ctx context.Context, ids []string, around int) (*client.ReportDraft, error)
	SendReport(ctx context.Context, d *client.ReportDraft, reason string) (client.SentReport, error)
}

type reportObject struct {
	Type         string   `json:"type"`
	ID           string   `json:"id"`
	Conversation string   `json:"conversation"`
	Messages     []string `json:"messages"`
	Openings     int      `json:"openings"`
	KeptDays     int      `json:"keptDays"`
}

func (a *app) reportCommand() *cobra.Command {
	var around int
	var reason string
	var yes bool
	cmd := a.command(spec{
		use:   "report ID… [--context N] [--reason TEXT] [--yes]",
		short: "Show messages to the moderators of your server",
		long: `The server cannot read what you report until you show it. The messages that you
name, of one conversation, go to its moderators with who sent them and when, and with
what proves that; nothing else can be opened by it. Of an edited message all that
it said goes along. A report holds at most 30 messages, earlier versions included.

It shows you first what would be sent, and asks. The others in the conversation are
not told. The moderators see that the report comes from you.`,
		example: `  coffer report 01c2d3e4f5
  coffer report 01c2d3e4f5 01aa00bb11 --context 3 --reason 'he goes on after I asked him to stop'`,
		args: []string{"ID…"},
		run: func(ctx context.Context, args []string) error {
			if !yes && (!a.term.Interactive() || a.json) {
				return usagef("nobody can be asked whether this is to be shown to the moderators; --yes shows it unasked")
			}
			return a.engine(ctx, func(e engine) error { return a.report(ctx, e, args, around, reason, yes) })
		},
	})
	cmd.Flags().IntVar(&around, "context", 0, "show `N` messages before and after each, too")
	cmd.Flags().StringVar(&reason, "reason", "", "what you want to tell the moderators, as `TEXT`")
	cmd.Flags().BoolVar(&yes, "yes", false, "send the report without asking")
	return cmd
}

func (a *app) report(ctx context.Context, e engine, ids []string, around int, reason string, yes bool) error {
	d, err := e.DraftReport(ctx, ids, around)
	if err != nil {
		return err
	}
	a.progress.end()
	if !a.json {
		a.printDraft(d, reason)
	}
	if !yes {
		if err := a.agree(ctx, "Show this to the moderators of your server?", "nothing was sent"); err != nil {
			return err
		}
	}
	sent, err := e.SendReport(ctx, d, reason)
	if err != nil {
		return err
	}
	o := reportObject{Type: "report", ID: sent.ID, Conversation: d.Conversation.String(), Openings: sent.Openings, KeptDays: d.KeptDays}
	for i := range d.Messages {
		o.Messages = append(o.Messages, messageID(d.Messages[i].Message))
	}
	a.print(o, func(w io.Writer) {
		fmt.Fprintf(w, "reported as %s; kept for %s at most\n", sent.ID[:min(8, len(sent.ID))], plural(d.KeptDays, "day", "days"))
	})
	return nil
}

// printDraft shows what would be sent.
func (a *app) printDraft(d *client.ReportDraft, reason string) {
	var list []client.Message
	for i := range d.Messages {
		list = append(list, d.Messages[i].Message)
	}
	v := newView(a, list)
	for i := range d.Messages {
		r := &d.Messages[i]
		for _, earlier := range r.Versions[:max(len(r.Versions)-1, 0)] {
			m := r.Message
			m.Text, m.Time, m.Edited, m.Reactions, m.ReadBy = earlier.Text, earlier.Time, false, nil, nil
			v.print(a.out, m)
		}
		m := r.Message
		m.Reactions, m.ReadBy = nil, nil // these are not shown to moderators
		v.print(a.out, m)
	}
	if reason != "" {
		fmt.Fprintf(a.out, "reason: %s\n", plain.Text(reason))
	}
}
