package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// sending is how send was called.
type sending struct {
	stdin, lines bool
	files        []string
	reply, key   string
	expire       string
	expiry       time.Duration
	keepMetadata bool
}

func (a *app) sendCommand() *cobra.Command {
	var o sending
	cmd := a.command(spec{
		use:   "send TO [TEXT…] [--stdin | --lines] [--file PATH]… [--reply ID] [--key K] [--expire DURATION] [--keep-metadata]",
		short: "Send a message",
		long: `TO is a handle, '#NAME' for a group (quote it: # begins a comment in a shell),
or a conversation's id. Words of TEXT are joined with spaces; text that begins
with a dash comes after --.

Where the server cannot be reached the message is queued and the exit code is 5;
'coffer sync' sends it. With --key, sending again with the same key is the same
message, so a script may repeat itself safely.

With --expire the message disappears so long after it was sent, for everybody
and from the server: 30s to 4w. Without, it does what 'coffer expire' has set.

What a picture or video says of place, time, device and people is left out, but
for how it is turned. --keep-metadata sends it as it is; pictures of which it
cannot be left out (HEIC, AVIF, TIFF, raw) are sent only so.`,
		example: `  coffer send bob See you at eight?
  coffer send '#family' --file beach.jpg From yesterday
  coffer send bob --reply 01c2d3e4f5 Yes
  coffer send bob --expire 1h The door code is 4711
  make 2>&1 | coffer send '#builds' --stdin
  coffer send '#log' --lines < notes.txt`,
		args: []string{"TO", "TEXT…?"},
		run: func(ctx context.Context, args []string) error {
			if err := o.check(args); err != nil {
				return err
			}
			if o.lines {
				return a.sendLines(ctx, args[0], o)
			}
			return a.sendOne(ctx, args[0], args[1:], o)
		},
	})
	f := cmd.Flags()
	f.BoolVar(&o.stdin, "stdin", false, "the text is all of standard input")
	f.BoolVar(&o.lines, "lines", false, "each line of standard input is a message")
	f.StringArrayVar(&o.files, "file", nil, "attach the file at this `PATH` (- is standard input); may be repeated")
	f.StringVar(&o.reply, "reply", "", "`ID` of the message that this answers")
	f.StringVar(&o.expire, "expire", "", "a `duration` after which the message disappears, such as 1h; 30s to 4w")
	f.BoolVar(&o.keepMetadata, "keep-metadata", false, "send pictures and videos with what they say of place, time and device")
	f.StringVar(&o.key, "key", "", "a `word`; sending again with the same one is the same message")
	return cmd
}

func (o *sending) check(args []string) error {
	inputs := 0
	for _, f := range o.files {
		if f == "-" {
			inputs++
		}
	}
	switch {
	case o.stdin && o.lines:
		return usagef("--stdin and --lines: only one of these at once")
	case (o.stdin || o.lines) && len(args) > 1:
		return usagef("the text comes from standard input or from the arguments, not from both")
	case o.lines && len(o.files) > 0:
		return usagef("--lines sends many messages, --file belongs to one")
	case inputs > 1 || inputs == 1 && (o.stdin || o.lines):
		return usagef("standard input can be only one thing")
	case !o.stdin && !o.lines && len(o.files) == 0 && len(args) == 1:
		return usagef("there is nothing to send: give a text, --stdin, --lines or --file")
	}
	if o.expire == "" {
		return nil
	}
	var err error
	o.expiry, err = client.ParseExpiry(o.expire)
	return err
}

func (a *app) sendOne(ctx context.Context, to string, words []string, o sending) error {
	text, err := a.textOf(words, o.stdin)
	if err != nil {
		return err
	}
	if text == "" && len(o.files) == 0 {
		return usagef("the text is empty")
	}
	out := client.Outgoing{Text: text, Key: o.key, Expiry: o.expiry}
	files, err := a.openFiles(o.files)
	if err != nil {
		return err
	}
	defer files.close()
	for i := range files.list {
		files.list[i].KeepMetadata = o.keepMetadata
	}
	out.Files = files.list
	return a.engine(ctx, func(e engine) error {
		if out.ReplyTo, err = findID(ctx, e, o.reply); err != nil {
			return err
		}
		m, err := e.Send(ctx, to, out)
		a.printSent(m, err)
		return queued(m, err)
	})
}

// printSent prints what became of a message. One that is only queued is
// printed too: its error follows.
func (a *app) printSent(m client.Message, err error) {
	if err != nil && m.State != client.StateQueued {
		return
	}
	a.print(messageOf(m), func(w io.Writer) {
		if m.State == client.StateQueued {
			fmt.Fprintf(w, "queued %s\n", shortID(m))
		} else {
			fmt.Fprintf(w, "sent %s\n", shortID(m))
		}
	})
}

// queued explains the error of a message that waits for the server.
func queued(m client.Message, err error) error {
	if err == nil || m.State != client.StateQueued || fault.KindOf(err) != fault.KindUnreachable {
		return err
	}
	return &fault.Error{Kind: fault.KindUnreachable, Message: "the server cannot be reached; the message is kept and 'coffer sync' sends it"}
}

// findID reads a message's id, which may be shortened; "" is none.
func findID(ctx context.Context, e engine, id string) (client.MessageID, error) {
	if id == "" {
		return client.MessageID{}, nil
	}
	m, err := e.FindMessage(ctx, id)
	return m.ID, err
}
