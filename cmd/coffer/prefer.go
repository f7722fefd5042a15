package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

func (a *app) muteCommand() *cobra.Command {
	var span string
	var length time.Duration
	cmd := a.switchCommand("mute TO [--for DURATION] [--off]", "mute", "muted", "unmuted", "Keep a conversation out of 'coffer watch'",
		`On all your devices: 'watch' shows its messages only where it is asked for that
conversation. With --for only for so long: 30s to 4w.`,
		"  coffer mute '#family' --for 8h\n  coffer mute '#family' --off",
		func(ctx context.Context, e engine, to string, on bool) (err error) {
			if !on {
				return e.Unmute(ctx, to)
			}
			return e.Mute(ctx, to, length)
		})
	cmd.Flags().StringVar(&span, "for", "", "how long, a `duration` such as 8h; else until --off")
	inner := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if span != "" {
			if length, err = client.ParseExpiry(span); err != nil {
				return err
			}
		}
		return inner(cmd, args)
	}
	return cmd
}

func (a *app) pinCommand() *cobra.Command {
	return a.switchCommand("pin TO [--off]", "pin", "pinned", "unpinned", "List a conversation before all others",
		"On all your devices.", "  coffer pin bob",
		func(ctx context.Context, e engine, to string, on bool) error { return e.Pin(ctx, to, on) })
}

func (a *app) archiveCommand() *cobra.Command {
	return a.switchCommand("archive TO [--off]", "archive", "archived", "unarchived", "List a conversation behind all others",
		"On all your devices. Nothing is deleted.", "  coffer archive '#old-project'",
		func(ctx context.Context, e engine, to string, on bool) error { return e.Archive(ctx, to, on) })
}

func (a *app) blockCommand() *cobra.Command {
	return a.switchCommand("block HANDLE [--off]", "block", "blocked", "unblocked", "Hide what somebody writes",
		`On all your devices and in all conversations: it is not shown and not found. They
are not told, and nothing is lost: --off shows it again.`,
		"  coffer block mallory\n  coffer block mallory --off",
		func(ctx context.Context, e engine, to string, on bool) error { return e.Block(ctx, to, on) })
}

// switchCommand is a command that switches something on, and off with --off.
func (a *app) switchCommand(use, word, done, undone, short, long, example string, change func(ctx context.Context, e engine, to string, on bool) error) *cobra.Command {
	var off bool
	cmd := a.command(spec{
		use: use, short: short, long: long, example: example, args: []string{"TO"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				action := done
				if off {
					action = undone
				}
				return a.done(action, args[0], change(ctx, e, args[0], !off))
			})
		},
	})
	cmd.Flags().BoolVar(&off, "off", false, "take "+word+" back")
	return cmd
}

func (a *app) readCommand() *cobra.Command {
	return a.command(spec{
		use:   "read TO",
		short: "Mark a conversation as read",
		long: `All that it holds on this device counts as read, on all your devices; 'coffer
list' counts the rest. The others in it learn of it only where you let them:
'coffer privacy --read-marks on'.`,
		example: `  coffer read bob`,
		args:    []string{"TO"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				return a.done("read", args[0], e.MarkRead(ctx, args[0], 0))
			})
		},
	})
}
