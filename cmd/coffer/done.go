package main

import (
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/internal/plain"
)

// done prints that an action was carried out, unless err says that it was not.
func (a *app) done(action, target string, err error) error {
	if err != nil {
		return err
	}
	a.print(doneObject{"done", action, target}, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s\n", action, plain.Line(target))
	})
	return nil
}
