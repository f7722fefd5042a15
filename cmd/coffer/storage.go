package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

type storageObject struct {
	Type          string            `json:"type"`
	Total         int64             `json:"total"`
	Messages      int64             `json:"messages"`
	Attachments   int64             `json:"attachments"`
	Keys          int64             `json:"keys"`
	Index         int64             `json:"index"`
	Conversations []storageOfObject `json:"conversations"`
	Server        *serverObject     `json:"server,omitempty"`
}

type storageOfObject struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Imported    bool   `json:"imported"`
	Messages    int64  `json:"messages"`
	Attachments int64  `json:"attachments"`
	Keys        int64  `json:"keys"`
	Log         int64  `json:"log"`
	Own         int64  `json:"own"`
	Deposits    int64  `json:"deposits"`
}

type serverObject struct {
	Own        int64 `json:"own"`
	Deposits   int64 `json:"deposits"`
	Uploads    int64 `json:"uploads"`
	PrivateLog int64 `json:"privateLog"`
	Chain      int64 `json:"chain"`
	MaxFile    int64 `json:"maxFile"`
}

type freedObject struct {
	Type  string `json:"type"`
	Bytes int64  `json:"bytes"`
}

func (a *app) storageCommand() *cobra.Command {
	cmd := a.command(spec{
		use:   "storage",
		short: "What takes how much room",
		long: `On this device by conversation and kind, and what the server keeps for the
account. 'coffer storage free' makes room.`,
		example: "  coffer storage\n  coffer storage free",
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error {
				s, err := e.Storage(ctx)
				if err != nil {
					return err
				}
				a.print(storageOf(s), func(w io.Writer) { a.printStorage(w, s) })
				return nil
			})
		},
	})
	cmd.AddCommand(a.storageAutoCommand(), a.command(spec{
		use:   "free [TO]",
		short: "Drop copies of attachments from this device",
		long: `Of all conversations, or of one. The server has them still: 'coffer save' and
'coffer sync --attachments' fetch them again. Messages stay as they are.`,
		example: "  coffer storage free\n  coffer storage free bob",
		args:    []string{"TO?"},
		run: func(ctx context.Context, args []string) error {
			to := ""
			if len(args) > 0 {
				to = args[0]
			}
			return a.engine(ctx, func(e engine) error {
				n, err := e.FreeStorage(ctx, to)
				if err != nil {
					return err
				}
				a.print(freedObject{"freed", n}, func(w io.Writer) { fmt.Fprintf(w, "freed %s\n", size(n)) })
				return nil
			})
		},
	}))
	return cmd
}

func storageOf(s client.Storage) storageObject {
	o := storageObject{Type: "storage", Total: s.Total(), Messages: s.Messages, Attachments: s.Attachments, Keys: s.Keys, Index: s.Index, Conversations: []storageOfObject{}}
	for _, c := range s.Conversations {
		o.Conversations = append(o.Conversations, storageOfObject{c.ID.String(), c.Name, c.Imported, c.Messages, c.Attachments, c.Keys, c.Log, c.Own, c.Deposits})
	}
	if x := s.Server; x != nil {
		o.Server = &serverObject{x.Own, x.Deposits, x.Uploads, x.PrivateLog, x.Chain, x.MaxFile}
	}
	return o
}

func (a *app) printStorage(w io.Writer, s client.Storage) {
	rows := [][]string{{"", "messages", "attachments", "keys"}}
	for _, c := range s.Conversations {
		name := conversationName(client.Conversation{Name: c.Name, Kind: c.Kind, Imported: c.Imported})
		rows = append(rows, []string{name, size(c.Messages), size(c.Attachments), size(c.Keys)})
	}
	rows = append(rows, []string{"together", size(s.Messages), size(s.Attachments), size(s.Keys)})
	style := a.style()
	table(w, rows, func(row, _ int, text string) string {
		if row == 0 {
			return style.dim(text)
		}
		return text
	})
	fmt.Fprintf(w, "On this device %s, %s of it to search with.\n", size(s.Total()), size(s.Index))
	if x := s.Server; x != nil {
		fmt.Fprintf(w, "At the server %s of your messages, %s of your attachments, %s of keys to your history, %s of your private log and chain.\n",
			size(x.Own), size(x.Uploads), size(x.Deposits), size(x.PrivateLog+x.Chain))
		fmt.Fprintf(w, "It takes files of up to %s, and sets no other limit.\n", size(x.MaxFile))
	} else {
		a.note("The server cannot be reached, and was not asked.")
	}
}
