package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

// askLost asks which of the account's other devices the person still has, and
// removes the others. Without somebody to ask it removes nobody.
func (a *app) askLost(ctx context.Context, e engine, holders []client.Keyholder) error {
	var others []client.Keyholder
	for _, k := range holders {
		if !k.This && !k.Removed && !k.Kind.IsRecovery() {
			others = append(others, k)
		}
	}
	if len(others) == 0 {
		return nil
	}
	if !a.term.Interactive() || a.json {
		a.note("%s can still read this account. One that you no longer have is removed by coffer devices revoke ID:\n%s", plural(len(others), "other device", "other devices"), deviceLines(a, others))
		return nil
	}
	fmt.Fprintln(a.err, "Which of these devices do you still have?")
	var lost []string
	for _, k := range others {
		keep, err := a.askHas(ctx, k)
		if err != nil {
			return err
		}
		if !keep {
			lost = append(lost, k.ID.String())
		}
	}
	if len(lost) == 0 {
		return nil
	}
	if err := e.RemoveDevices(ctx, lost); err != nil {
		return err
	}
	a.note("Removed %s. 'coffer sync' closes your conversations to them.", plural(len(lost), "device", "devices"))
	return nil
}

// noteLost says where those that were removed can still read what is sent.
func (a *app) noteLost(ctx context.Context, e engine) error {
	list, err := e.Removals(ctx)
	for _, r := range list {
		if r.Pending > 0 {
			a.note("%s was removed, and can still read what is sent in %s until 'coffer sync' has gone on.", kindOrName(r.Keyholder), plural(r.Pending, "conversation", "conversations"))
		}
	}
	return err
}

func deviceLines(a *app, list []client.Keyholder) string {
	var lines []string
	for _, k := range list {
		lines = append(lines, fmt.Sprintf("  %s  %s, since %s", k.ID, plain.Line(k.Name), a.dayTime(k.Added)))
	}
	return strings.Join(lines, "\n")
}

// askHas asks about one device. No answer counts as having it: nothing is
// removed that nobody said to remove.
func (a *app) askHas(ctx context.Context, k client.Keyholder) (bool, error) {
	for range 3 {
		answer, err := a.term.ReadLine(ctx, fmt.Sprintf("  %s, since %s. Do you still have it? [yes/no] ", plain.Line(k.Name), a.dayTime(k.Added)))
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		switch strings.ToLower(answer) {
		case "yes", "y":
			return true, nil
		case "no", "n":
			return false, nil
		}
	}
	return true, nil
}
