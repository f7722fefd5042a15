package client

import (
	"context"
	"slices"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
)

// RemoveCompromised removes devices that somebody else may have had, and with
// them every other device and way back that they, or what they added, have added;
// never this device. Their checkpoints count no more: who restores from here on
// verifies every signature that only they have vouched for. ids are device ids,
// or what is unique of them. It fails with fault.KindUsage for an id that names no one
// device or this one.
func (e *Engine) RemoveCompromised(ctx context.Context, ids []string) error {
	return e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		devices := e.keyholders(func(k account.Kind) bool { return !k.IsRecovery() })
		var list []account.KeyholderID
		for _, text := range ids {
			k, err := findKeyholder(devices, text)
			if err != nil {
				return err
			}
			if k.This {
				return fault.Usage("this is the device you are on")
			}
			list = append(list, k.ID)
		}
		if len(list) == 0 {
			return nil
		}
		return e.removeKeyholders(ctx, account.ReasonCompromised, e.withAdded(list))
	})
}

// withAdded extends a list of keyholders by all that they have added.
func (e *Engine) withAdded(list []account.KeyholderID) []account.KeyholderID {
	for again := true; again; {
		again = false
		for _, k := range e.self.chain.AllKeyholders() {
			if k.Active() && k.ID != e.self.device.ID() && slices.Contains(list, k.AddedBy) && !slices.Contains(list, k.ID) {
				list, again = append(list, k.ID), true
			}
		}
	}
	return list
}
