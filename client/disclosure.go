package client

import (
	"context"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
)

// Disclosure asks the server for all that it holds about this account: the JSON
// object of spec/disclosure.md, which its operator can print too. It is the
// server's word: what a server hides it does not list.
func (e *Engine) Disclosure(ctx context.Context) ([]byte, error) {
	var out []byte
	err := e.withAccount(ctx, func() error {
		r, err := wire.DisclosureClient{Doer: signedIn{e}}.Disclose(ctx, &wire.DiscloseRequest{})
		if err != nil {
			return fault.FromServer(err)
		}
		if out = r.Disclosure; len(out) < 2 || out[0] != '{' || !utf8.Valid(out) {
			return &fault.Error{Kind: fault.KindFailed, Message: "the server's answer cannot be read"}
		}
		return nil
	})
	return out, err
}
