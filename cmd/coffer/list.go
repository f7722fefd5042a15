package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

func (a *app) listCommand() *cobra.Command {
	return a.command(spec{
		use:     "list",
		short:   "List conversations, the newest first",
		long:    `What is here is shown; 'coffer sync' fetches what is new.`,
		example: `  coffer list`,
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error {
				list, err := e.List(ctx)
				if err != nil {
					return err
				}
				if err := a.tellNotices(ctx, e); err != nil {
					return err
				}
				if a.json {
					for _, c := range list {
						writeObject(a.out, conversationOf(c))
					}
					return nil
				}
				a.progress.end()
				a.printList(a.out, list)
				return nil
			})
		},
	})
}

func (a *app) printList(w io.Writer, list []client.Conversation) {
	if len(list) == 0 {
		a.note("There is no conversation yet. Begin one: coffer send HANDLE Hello!")
		return
	}
	var rows [][]string
	for _, c := range list {
		var about []string
		if c.Imported {
			about = append(about, "imported")
		}
		if c.Unread > 0 {
			about = append(about, thousands(int64(c.Unread))+" unread")
		}
		for _, x := range []struct {
			is   bool
			word string
		}{{c.Pinned, "pinned"}, {c.Archived, "archived"}, {c.Blocked, "blocked"}, {!c.MutedTo.IsZero(), "muted"}, {c.Draft != "", "draft"}} {
			if x.is {
				about = append(about, x.word)
			}
		}
		if c.Expiry > 0 {
			about = append(about, "disappearing after "+client.FormatExpiry(c.Expiry))
		}
		if c.Left {
			about = append(about, "left")
		}
		if c.Closed {
			about = append(about, "account closed")
		}
		rows = append(rows, []string{
			conversationName(c), plural(int(c.Messages), "message", "messages"), orNever(a.shortTime(c.LastActivity)), strings.Join(about, ", "),
		})
	}
	s := a.style()
	table(w, rows, func(_, column int, text string) string {
		if column == 0 {
			return s.bold(text)
		}
		return s.dim(text)
	})
}

// conversationName is how people write a conversation: a handle, or #NAME.
func conversationName(c client.Conversation) string {
	if kindWord(c.Kind) == "group" && !c.Imported {
		return "#" + escapeLine(c.Name)
	}
	return escapeLine(c.Name)
}
