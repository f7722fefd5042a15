package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

func (a *app) listCommand() *cobra.Command {
	var requests bool
	cmd := a.command(spec{
		use:   "list [--requests]",
		short: "List conversations, the newest first",
		long: `What is here is shown; 'coffer sync' fetches what is new. What strangers begin is
listed apart, with --requests, until you answer, accept or decline it.`,
		example: "  coffer list\n  coffer list --requests",
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error {
				list, err := e.List(ctx)
				if err != nil {
					return err
				}
				if err := a.tellNotices(ctx, e); err != nil {
					return err
				}
				list, apart := listed(list, requests)
				if a.json {
					for _, c := range list {
						writeObject(a.out, conversationOf(c))
					}
					return nil
				}
				a.progress.end()
				if len(list) > 0 || apart == 0 {
					a.printList(a.out, list, requests)
				}
				if apart > 0 {
					a.note("%s from strangers: coffer list --requests", capital(plural(apart, "request", "requests")))
				}
				return nil
			})
		},
	})
	cmd.Flags().BoolVar(&requests, "requests", false, "what strangers have begun, and nothing else")
	return cmd
}

// listed are the conversations to list, and how many requests are not among them.
// Who was declined asks no more.
func listed(all []client.Conversation, requests bool) (list []client.Conversation, apart int) {
	for _, c := range all {
		switch {
		case c.Request && c.Blocked:
		case c.Request == requests:
			list = append(list, c)
		case c.Request:
			apart++
		}
	}
	return list, apart
}

func (a *app) printList(w io.Writer, list []client.Conversation, requests bool) {
	if len(list) == 0 && requests {
		a.note("No stranger asks.")
		return
	}
	if len(list) == 0 {
		a.note("There is no conversation yet. Begin one: coffer send HANDLE Hello!")
		return
	}
	var rows [][]string
	for _, c := range list {
		var about []string
		if name := calls(c); name != "" {
			about = append(about, plain.Line(name))
		}
		if c.Imported {
			about = append(about, "imported")
		}
		if c.Unread > 0 {
			about = append(about, unreadCount(c.Unread))
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
		if word := resetWord(c.Reset); word != "" {
			about = append(about, word)
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
		return "#" + plain.Line(c.Name)
	}
	return plain.Line(c.Name)
}

// calls is what the other one of two calls itself.
func calls(c client.Conversation) string {
	if kindWord(c.Kind) != "direct" {
		return ""
	}
	for _, p := range c.Participants {
		if p.Handle == c.Name {
			return p.Name
		}
	}
	return ""
}

// unreadCount says how much is unread. The engine counts no further than
// client.MaxUnread.
func unreadCount(n int) string {
	if n >= client.MaxUnread {
		return thousands(client.MaxUnread-1) + "+ unread"
	}
	return thousands(int64(n)) + " unread"
}
