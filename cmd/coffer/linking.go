package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

type linkingObject struct {
	Type    string `json:"type"`
	Code    string `json:"code"`
	Link    string `json:"link"`
	Expires string `json:"expires"`
}

// linkFlags are what both sides of linking share.
type linkFlags struct {
	code secretFile
	qr   qrFile
	err  error // of showing
}

func (l *linkFlags) add(cmd *cobra.Command) {
	l.code = secretFile{flag: "code-file", what: "code", advice: "Type the six digits that the other device shows, or the text of its QR code."}
	l.code.add(cmd, "`file` with the code, or the text of the QR code, in its first line (- is standard input)")
	cmd.Flags().StringVar(&l.qr.path, "qr-out", "", "write the QR code as a picture (PNG) to this new `file`")
}

// show shows code and QR code. An error ends the linking.
func (l *linkFlags) show(a *app, cancel context.CancelFunc, hint string) func(client.LinkShown) {
	return func(s client.LinkShown) {
		if l.err = l.qr.write(s.Link); l.err != nil {
			cancel()
			return
		}
		a.print(linkingObject{"linking", s.Code, s.Link, timestamp(s.Expires)}, func(w io.Writer) {
			if a.term.OutColour() {
				if drawn, err := qrText(s.Link); err == nil {
					fmt.Fprint(w, drawn)
				}
			}
			fmt.Fprintf(w, "Code: %s\n", a.style().bold(s.Code[:3]+" "+s.Code[3:]))
		})
		a.note("%s\nThe code is good for ten minutes and three tries. Tell it to nobody.", hint)
	}
}

// ask asks for the code that the other device shows, again after a wrong one where
// there is somebody to ask.
func (l *linkFlags) ask(a *app) client.AskCode {
	return func(ctx context.Context, left int) (string, error) {
		if left < 3 {
			if l.code.path != "" {
				return "", &fault.Error{Kind: fault.KindWrongSecret, Message: "wrong code; begin anew, on both devices"}
			}
			a.note("That was another code. %s left.", capital(plural(left, "try", "tries")))
		}
		b, err := l.code.get(ctx, a, false)
		return string(b), err
	}
}

func (a *app) linkCommand() *cobra.Command {
	var o client.JoinOptions
	var wait string
	var show bool
	l := &linkFlags{}
	cmd := a.command(spec{
		use:   "link HANDLE --server URL [--show] [--code-file F] [--qr-out FILE] [--wait first|all]",
		short: "Make this one more device of an account, by a device that you have",
		long: `On a device of the account call 'coffer devices link'. It shows a code of six
digits; type it here. Neither password nor recovery code is needed, and the
server, which passes on what the two say, cannot come between them.

With --show this device shows the code, and the other one takes it with
'coffer devices link --type'; call that first.`,
		example: `  coffer link alice --server https://chat.example.org
  coffer link alice --server https://chat.example.org --show --qr-out link.png`,
		args: []string{"HANDLE"},
		run: func(ctx context.Context, args []string) error {
			switch {
			case o.Server == "":
				return usagef("--server is missing: the address of the server, like https://chat.example.org")
			case wait != "first" && wait != "all":
				return usagef("--wait is first or all")
			}
			o.Handle, o.WaitAll = args[0], wait == "all"
			if err := l.check(a, show); err != nil {
				return err
			}
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			if show {
				o.Show = l.show(a, cancel, "Type it on the other device, or let it scan the QR code.")
			} else {
				o.Ask = l.ask(a)
			}
			return a.newEngine(ctx, func(e engine) error {
				defer collectLess()()
				r, err := e.Link(ctx, o)
				if l.err != nil {
					return l.err
				}
				return a.showLinked(r, err, o.WaitAll)
			})
		},
	})
	f := cmd.Flags()
	f.StringVar(&o.Server, "server", "", "address (`URL`) of the server")
	f.BoolVar(&show, "show", false, "show a code here, to be typed on the other device")
	f.StringVar(&wait, "wait", "all", "return after the first conversation or after all: `first` or all")
	l.add(cmd)
	return cmd
}

// check refuses flags that do not go together, and a code that nobody can be asked
// for.
func (l *linkFlags) check(a *app, shows bool) error {
	switch {
	case shows && l.code.path != "":
		return usagef("--code-file is for the device where the code is typed, not for the one that shows it")
	case !shows && l.qr.path != "":
		return usagef("--qr-out is for the device that shows the code")
	case !shows && l.code.path == "" && !a.term.Interactive():
		return usagef("the code is needed: give the file that holds it with --code-file (- is standard input)")
	}
	return l.qr.check()
}

func (a *app) showLinked(r *client.Restored, err error, all bool) error {
	if r == nil || err != nil && len(r.Gaps) == 0 {
		return err
	}
	a.print(restoredOf(r), func(w io.Writer) { a.printRestored(w, r, all) })
	if err == nil && all && !r.Intact() {
		err = &fault.Error{Kind: fault.KindIntegrity, Promise: fault.PromiseStored,
			Message: fmt.Sprintf("%s of %s messages could be restored", thousands(r.Messages), thousands(r.Expected))}
	}
	if !all {
		a.note("The rest comes with: coffer sync")
	}
	return err
}
