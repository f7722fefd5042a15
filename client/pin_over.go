package client

import (
	"errors"
	"strings"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
)

// waysLeft adds to the news that a PIN is over by which other ways, as the chain has
// them, the account can still be had.
func waysLeft(err error, chain *account.Chain) error {
	var e *fault.Error
	if !errors.As(err, &e) || e.GuessesLeft == nil || *e.GuessesLeft > 0 {
		return err
	}
	names := []struct {
		kind account.Kind
		name string
	}{{account.KindCode, "the recovery code"}, {account.KindCloud, "the key in the cloud"}, {account.KindPasskey, "the passkey"}, {account.KindDevice, "another device"}}
	var ways []string
	for _, n := range names {
		for _, k := range chain.Keyholders() {
			if k.Active() && k.Kind == n.kind {
				ways = append(ways, n.name)
				break
			}
		}
	}
	with := *e
	with.Message += "; what is left: " + strings.Join(ways, ", ")
	return &with
}
