package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/coffer-chat/coffer/internal/plain"
	"github.com/spf13/cobra"
)

func (a *app) groupCommand() *cobra.Command {
	return parentOf("group", "Make and change groups",
		"A group has a NAME of your choice; write to it as '#NAME'.",
		a.groupCreateCommand(), a.groupAddCommand(), a.groupRemoveCommand(), a.groupAdmitCommand(), a.groupRoleCommand(), a.groupInviteCommand(), a.groupInvitesCommand(), a.groupUninviteCommand(),
		a.groupLeaveCommand(), a.groupInfoCommand(), a.groupExpireCommand(), a.groupHistoryCommand())
}

func (a *app) groupCreateCommand() *cobra.Command {
	return a.command(spec{
		use:     "create NAME HANDLE…",
		short:   "Make a group of you and others",
		long:    `You are its owner. The server does not learn its name.`,
		example: `  coffer group create family bob carol`,
		args:    []string{"NAME", "HANDLE…"},
		run: func(ctx context.Context, args []string) error {
			name, err := groupName(args[0])
			if err != nil {
				return err
			}
			return a.engine(ctx, func(e engine) error {
				c, err := e.GroupCreate(ctx, name, args[1:])
				if err != nil {
					return err
				}
				a.print(conversationOf(c), func(w io.Writer) {
					fmt.Fprintf(w, "created #%s with %s\n", plain.Line(c.Name), plain.Line(strings.Join(args[1:], ", ")))
				})
				return nil
			})
		},
	})
}

// maxGroupName bounds a group's name in bytes.
const maxGroupName = 255

// groupName takes a name with or without the #.
func groupName(text string) (string, error) {
	name := strings.TrimSpace(strings.TrimPrefix(text, "#"))
	if name == "" || len(name) > maxGroupName || strings.ContainsFunc(name, plain.Steers) {
		return "", usagef("a group's name has 1 to %d bytes on one line", maxGroupName)
	}
	return name, nil
}
