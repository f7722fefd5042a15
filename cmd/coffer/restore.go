package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/internal/plain"
)

func (a *app) restoreCommand() *cobra.Command {
	var o client.RestoreOptions
	var wait string
	s := wayBack{
		password: secretFile{flag: "password-file", what: "password"},
		pin:      secretFile{flag: "pin-file", what: "PIN"},
		code:     secretFile{flag: "code-file", what: "recovery code"},
	}
	cmd := a.command(spec{
		use:   "restore HANDLE --server URL (--pin-file F | --code-file F | --cloud DEST) [--wait first|all] [--lost ID…|--lost-all] [--before-reset] [--without-realm URL]…",
		short: "Bring an account and its history back on this device",
		long: `With the recovery code, with the PIN and the sign-in password, or with the key of
which half is in a cloud: a folder, or rclone:REMOTE:PATH. On a terminal you are
asked for what is needed, and then which of the account's devices you still have.
In a script only --lost removes devices; it may be repeated, and more ids may
follow HANDLE.

--wait first returns when the newest conversation is there; 'coffer sync' brings
the rest. A restore that was cut short goes on when it is called again.

--before-reset brings back, to be read, the account that had the handle before
'coffer register --reset' gave it to a new one, as long as the server keeps it.`,
		example: `  coffer restore alice --server https://chat.example.org
  coffer restore alice --server https://chat.example.org --code-file code.txt --lost-all`,
		args: []string{"HANDLE", "ID…?"},
		run: func(ctx context.Context, args []string) error {
			switch {
			case o.Server == "":
				return usagef("--server is missing: the address of the server, like https://chat.example.org")
			case wait != "first" && wait != "all":
				return usagef("--wait is first or all")
			case len(o.Lost) > 0 && o.LostAll:
				return usagef("--lost and --lost-all: only one of these at once")
			case len(args) > 1 && len(o.Lost) == 0:
				return usagef("%q is one argument too many", args[1])
			}
			o.Handle, o.WaitAll = args[0], wait == "all"
			o.Lost = append(o.Lost, args[1:]...)
			if err := s.get(ctx, a, &o); err != nil {
				return err
			}
			defer clear(o.PIN)
			defer clear(o.Password)
			return a.newEngine(ctx, func(e engine) error { return a.restoreCloud(ctx, e, o, &s.password) })
		},
	})
	f := cmd.Flags()
	f.StringVar(&o.Server, "server", "", "address (`URL`) of the server")
	s.password.add(cmd, "`file` with the sign-in password in its first line (- is standard input)")
	s.pin.add(cmd, "`file` with the PIN in its first line (- is standard input)")
	s.code.add(cmd, "`file` with the recovery code in its first line (- is standard input)")
	f.StringVar(&s.cloud, "cloud", "", "place (`DEST`) that holds half of a key: a folder or rclone:REMOTE:PATH")
	f.StringVar(&wait, "wait", "all", "return after the first conversation or after all: `first` or all")
	f.StringSliceVar(&o.Lost, "lost", nil, "`ID` of a device that you no longer have; it is removed")
	f.BoolVar(&o.BeforeReset, "before-reset", false, "the account that had the handle before a reset, to be read")
	f.StringArrayVar(&o.WithoutRealms, "without-realm", nil, "address (`URL`) of a realm that is not to be asked, because it lies; it may be repeated")
	f.BoolVar(&o.LostAll, "lost-all", false, "remove all other devices")
	return cmd
}

func (a *app) restore(ctx context.Context, e engine, o client.RestoreOptions) error {
	defer collectLess()()
	r, err := e.Restore(ctx, o)
	if r == nil || err != nil && len(r.Gaps) == 0 {
		return err
	}
	a.print(restoredOf(r), func(w io.Writer) { a.printRestored(w, r, o.WaitAll) })
	if err != nil {
		return err
	}
	if r.Resumed {
		a.note("This home held the account already: its restore went on, and the way back was not tried. That does: coffer recovery test")
	}
	lost := a.noteLost
	if len(o.Lost) == 0 && !o.LostAll {
		lost = func(ctx context.Context, e engine) error { return a.askLost(ctx, e, r.Keyholders) }
	}
	if err := lost(ctx, e); err != nil {
		return err
	}
	if !o.WaitAll {
		a.note("The rest comes with: coffer sync")
		return nil
	}
	if !r.Intact() {
		return &fault.Error{Kind: fault.KindIntegrity, Promise: fault.PromiseStored,
			Message: fmt.Sprintf("%s of %s messages could be restored", thousands(r.Messages), thousands(r.Expected))}
	}
	return nil
}

func (a *app) printRestored(w io.Writer, r *client.Restored, all bool) {
	s := a.style()
	word := "Restored"
	if !all {
		word = "Restored so far"
	}
	mark := s.good
	if all && !r.Intact() {
		mark = s.bad
	}
	fmt.Fprintf(w, "%s %s of %s messages in %s.\n", word, mark(thousands(r.Messages)), thousands(r.Expected), plural(r.Conversations, "conversation", "conversations"))
	fmt.Fprintf(w, "As of %s, confirmed by %s.\n", a.dayTime(r.AsOf), plain.Line(r.ConfirmedBy))
	for _, g := range r.Gaps {
		fmt.Fprintf(w, "%s %s, messages %d to %d: %s\n", s.bad("Missing:"), plain.Line(g.Name), g.From, g.To, plain.Line(g.Reason))
	}
	for _, g := range r.Unkept {
		at := fmt.Sprintf("between %d and %d", g.From, g.To)
		if g.From == g.To {
			at = fmt.Sprintf("at %d", g.From)
		}
		fmt.Fprintf(w, "%s %s, %s %s: %s\n", s.warn("Not kept:"), plain.Line(g.Name), plural(int(g.Messages), "message", "messages"), at, plain.Line(g.Reason))
	}
	fmt.Fprintln(w, s.dim(fmt.Sprintf("Unlocked in %s, first page after %s, all after %s.", shortDuration(r.Unlock), shortDuration(r.FirstPage), shortDuration(r.Total))))
}
