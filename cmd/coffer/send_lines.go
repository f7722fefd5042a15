package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/content"
)

// sendLines sends each line of standard input as a message of its own; empty
// lines are none. Line n gets the key K/n.
func (a *app) sendLines(ctx context.Context, to string, o sending) error {
	return a.engine(ctx, func(e engine) error {
		reply, err := findID(ctx, e, o.reply)
		if err != nil {
			return err
		}
		in := bufio.NewReader(a.in)
		var readErr, sendErr error
		n := 0
		next := func() (client.Outgoing, bool) {
			for ctx.Err() == nil {
				line, err := readLine(in)
				if err == io.EOF {
					return client.Outgoing{}, false
				}
				n++
				if err != nil {
					readErr = usagef("line %d: %s", n, err)
					return client.Outgoing{}, false
				}
				if strings.TrimSpace(line) == "" {
					continue
				}
				out := client.Outgoing{Text: line, ReplyTo: reply, Expiry: o.expiry}
				if o.key != "" {
					out.Key = fmt.Sprintf("%s/%d", o.key, n)
				}
				return out, true
			}
			return client.Outgoing{}, false
		}
		waiting := 0
		err = e.SendMany(ctx, to, next, func(m client.Message, err error) {
			a.printSent(m, err)
			if m.State == client.StateQueued && err != nil {
				waiting++
			} else if sendErr == nil {
				sendErr = err
			}
		})
		switch {
		case readErr != nil:
			return readErr
		case sendErr != nil:
			return sendErr
		case waiting > 0:
			return &fault.Error{Kind: fault.KindUnreachable, Message: fmt.Sprintf("the server cannot be reached; kept for 'coffer sync' to send: %s", plural(waiting, "message", "messages"))}
		}
		return err
	})
}

var (
	errLongText = errors.New("longer than a message can be; send it with --file")
	errNotText  = errors.New("not text in UTF-8; send it with --file")
)

// readLine reads a line without its end, at most as long as a message's text.
func readLine(in *bufio.Reader) (string, error) {
	var b []byte
	for {
		part, err := in.ReadSlice('\n')
		if b = append(b, part...); len(b) > content.MaxText+2 {
			return "", errLongText
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(b) > 0, err == nil:
		default:
			return "", err
		}
		return checkText(strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"))
	}
}

// checkText refuses what cannot be a message's text.
func checkText(s string) (string, error) {
	if len(s) > content.MaxText {
		return "", errLongText
	}
	if !utf8.ValidString(s) {
		return "", errNotText
	}
	return s, nil
}

// textOf is a message's text: the words, or all of standard input without the
// line end that programs put behind their output.
func (a *app) textOf(words []string, stdin bool) (string, error) {
	text := strings.Join(words, " ")
	if stdin {
		b, err := io.ReadAll(io.LimitReader(a.in, content.MaxText+3))
		if err != nil {
			return "", failf(err, "standard input cannot be read")
		}
		text = strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	}
	text, err := checkText(text)
	if err != nil {
		return "", usagef("the text is %s", err)
	}
	return text, nil
}
