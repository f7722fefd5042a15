package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

type historyObject struct {
	Type         string `json:"type"`
	Conversation string `json:"conversation"`
	Name         string `json:"name"`
	Seq          uint64 `json:"seq"`
	Number       string `json:"number"`
	Newest       uint64 `json:"newest"`
	Result       string `json:"result,omitempty"`
}

func historyOf(n client.HistoryNumber, result string) historyObject {
	return historyObject{"history", n.Conversation.String(), n.Name, n.Seq, n.Number, n.Newest, result}
}

// showHistory shows the history number at an entry, 0 for the newest.
func (a *app) showHistory(ctx context.Context, e engine, to string, at uint64) error {
	n, err := e.HistoryNumber(ctx, to, at)
	if err != nil {
		return err
	}
	a.print(historyOf(n, ""), func(w io.Writer) { a.printHistoryNumber(w, n) })
	return nil
}

// compareHistory compares what the other one sees. Only the same history is no
// error.
func (a *app) compareHistory(ctx context.Context, e engine, to, theirs string) error {
	r, err := e.CompareHistory(ctx, to, theirs)
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		return err
	}
	a.print(historyOf(r.HistoryNumber, r.Result), func(w io.Writer) {
		fmt.Fprintf(w, "The same history up to entry %d: the server has shown both of you one conversation.\n", r.Seq)
		if r.Newest > r.Seq {
			fmt.Fprintf(w, "Of the %s since then the number says nothing.\n", plural(int(r.Newest-r.Seq), "entry", "entries"))
		}
	})
	return nil
}

func (a *app) printHistoryNumber(w io.Writer, n client.HistoryNumber) {
	fmt.Fprintf(w, "History number of %s at entry %d:\n\n", a.style().bold(plain.Line(n.Name)), n.Seq)
	for _, line := range numberLines(n.Number) {
		fmt.Fprintf(w, "    %s\n", line)
	}
	fmt.Fprintf(w, "\nThe others compare it with: coffer safety %s --compare '%s'\n", quoted(n.Theirs), n.Text())
}

// quoted is a name as a shell takes it.
func quoted(name string) string {
	if strings.HasPrefix(name, "#") {
		return "'" + strings.ReplaceAll(plain.Line(name), "'", `'\''`) + "'"
	}
	return plain.Line(name)
}
