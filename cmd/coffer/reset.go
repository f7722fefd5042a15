package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/internal/plain"
)

// resetting is what the commands about accounts that were lost need.
type resetting interface {
	Reset(ctx context.Context, o client.ResetOptions) (client.ResetState, error)
	KeepAccount(ctx context.Context) (stopped bool, err error)
	AcceptReset(ctx context.Context, handle string) (client.Contact, error)
	RefuseReset(ctx context.Context, handle string) (client.Contact, error)
	GroupAdmit(ctx context.Context, name, handle string) error
}

type resetObject struct {
	Type    string `json:"type"`
	Handle  string `json:"handle"`
	Account string `json:"account"`
	Asked   string `json:"asked"`
	Due     string `json:"due"`
	Done    bool   `json:"done"`
	Former  string `json:"former"`
	Kept    string `json:"kept"`
}

func resetObjectOf(r client.ResetState) resetObject {
	o := resetObject{
		Type: "reset", Handle: r.Handle, Account: r.Account.String(), Asked: timestamp(r.Asked), Due: timestamp(r.Due),
		Done: r.Done, Kept: timestamp(r.Kept),
	}
	if r.Done {
		o.Former = r.Former.String()
	}
	return o
}

// resetFlags are those of register --reset.
type resetFlags struct {
	reset bool
	code  secretFile
}

func (f *resetFlags) add(cmd *cobra.Command) {
	f.code = secretFile{flag: "code-file", what: "operator's code"}
	cmd.Flags().BoolVar(&f.reset, "reset", false, "the handle is yours, and every device and way back of its account is lost")
	f.code.add(cmd, "`file` with the operator's code in its first line (- is standard input), for --reset without a password")
}

// resetAccount is register --reset. Once it was asked for, no secret is needed.
func (a *app) resetAccount(ctx context.Context, o client.RegisterOptions, password *secretFile, f *resetFlags) error {
	if !onlyOne(password.path, f.code.path) {
		return usagef("--password-file and --code-file: only one of these at once")
	}
	r := client.ResetOptions{Server: o.Server, Handle: o.Handle}
	var err error
	switch {
	case password.path != "":
		r.Password, err = password.get(ctx, a, false)
	case f.code.path != "":
		var code []byte
		code, err = f.code.get(ctx, a, false)
		r.Code = string(code)
	}
	if err != nil {
		return err
	}
	defer clear(r.Password)
	return a.newEngine(ctx, func(e engine) error {
		state, err := e.Reset(ctx, r)
		if fault.KindOf(err) == fault.KindRefused && password.path == "" && f.code.path == "" && a.term.Interactive() && !a.json {
			a.note("%s", err)
			if r.Password, err = password.get(ctx, a, false); err != nil {
				return err
			}
			state, err = e.Reset(ctx, r)
		}
		if err != nil {
			return err
		}
		a.print(resetObjectOf(state), func(w io.Writer) { a.printReset(w, state) })
		if state.Done {
			a.note("Who knew you is told, and asks you before going on with you: give them your safety number\n" +
				"or contact link. If a secret of the old account turns up:\n  coffer restore " + state.Handle + " --before-reset --home FOLDER\n" +
				"And so that this does not happen again:\n  coffer recovery add code")
		}
		return nil
	})
}

func (a *app) printReset(w io.Writer, r client.ResetState) {
	if !r.Done {
		fmt.Fprintf(w, "Asked. Until %s every device of %s can stop it; then call this again, with this home.\n", a.dayTime(r.Due), plain.Line(r.Handle))
		return
	}
	fmt.Fprintf(w, "Welcome back, %s. This is a new account: it has none of your old messages.\n", a.style().bold(plain.Line(r.Handle)))
	fmt.Fprintf(w, "What the server holds of the old one is kept until %s, and then erased.\n", a.dayTime(r.Kept))
}

func (a *app) accountKeepCommand() *cobra.Command {
	return a.command(spec{
		use:   "keep",
		short: "Stop somebody who wants your handle for a new account",
		long: `Whoever has the sign-in password can say that all is lost, and get the handle with
a new account, without your messages, unless this is called within seven days. Every
device is told. Afterwards the password cannot ask again until you change it.`,
		example: `  coffer account keep && coffer password`,
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error {
				stopped, err := e.KeepAccount(ctx)
				if err == nil && !stopped {
					return a.done("kept", "the account: nobody asks for the handle", nil)
				}
				if err := a.done("kept", "the account: what was asked for is stopped", err); err != nil {
					return err
				}
				a.note("Somebody knows your password, or the operator began this. Change it: coffer password")
				return nil
			})
		},
	})
}

func (a *app) contactAcceptCommand() *cobra.Command {
	var old bool
	cmd := a.command(spec{
		use:   "accept HANDLE [--old]",
		short: "Go on with the new account of somebody who lost everything",
		long: `When somebody has lost every device and every way back, the server gives the handle
to a new account. That this is the same person you have from the server alone: ask
them on another channel first, and compare the safety number afterwards, which is
another one. The old conversation stays, under HANDLE~ID; nothing new goes there.

--old is for when they say that nothing was lost: the server lies, and you go on with
the account that you know.`,
		example: `  coffer contact accept bob && coffer safety bob`,
		args:    []string{"HANDLE"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				decide := e.AcceptReset
				if old {
					decide = e.RefuseReset
				}
				c, err := decide(ctx, args[0])
				if err != nil {
					return err
				}
				a.print(contactObjectOf(c), func(w io.Writer) {
					fmt.Fprintf(w, "%s is %s\n", plain.Line(c.Handle), plain.Line(c.Account))
				})
				if !old {
					a.note("Compare the safety number: coffer safety " + plain.Line(c.Handle))
				}
				return nil
			})
		},
	})
	cmd.Flags().BoolVar(&old, "old", false, "go on with the account that you know: its person has lost nothing")
	return cmd
}

func (a *app) groupAdmitCommand() *cobra.Command {
	return a.command(spec{
		use:   "admit NAME HANDLE",
		short: "Put somebody's new account in the place of the one that was lost",
		long: `For a participant who has lost every device and way back: the new account gets the
old one's role, and reads from here on; the old one is removed. It takes the handle
for the new account, as 'coffer contact accept' does: ask them first.`,
		example: `  coffer group admit family bob`,
		args:    []string{"NAME", "HANDLE"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				return a.done("admitted", args[1], e.GroupAdmit(ctx, args[0], args[1]))
			})
		},
	})
}

// noticeOfReset is a notice about handles that go to other accounts.
func (a *app) noticeOfReset(n client.Notice) string {
	at := a.dayTime(n.Time)
	if n.Kind == client.NoticeContact {
		h := plain.Line(n.Text)
		return fmt.Sprintf("%s has a new account since %s, by the server's word alone: the one before was lost. Ask them whether it is so; then: coffer contact accept %s, and in groups coffer group admit NAME %s", capital(h), at, h, h)
	}
	switch n.Text {
	case client.ResetStopped:
		return fmt.Sprintf("Somebody asked for your handle with a new account; this was stopped on %s. If you do not know who it was, change the password: coffer password", at)
	case client.ResetDone:
		return fmt.Sprintf("Your handle belongs to another account since %s. This one can be read until the server erases it; nothing can be sent with it.", at)
	}
	return fmt.Sprintf("Somebody says that you have lost everything, and gets your handle with a new account on %s. If that is not you: coffer account keep", at)
}

// resetWord is what a list says of a conversation of two with an account that was
// lost.
func resetWord(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return "has a new account"
}
