package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/coffer-chat/coffer/internal/plain"
)

// agree asks a question at the terminal. All but a clear yes, the end of the input
// too, is a no: an error that says what was left undone.
func (a *app) agree(ctx context.Context, question, undone string) error {
	a.progress.end()
	answer, err := a.term.ReadLine(ctx, plain.Line(question)+" [yes/no] ")
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return usagef("%s", undone)
}
