package store

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// PushSubscription says where a device is woken (spec/push.md). Nothing else is
// kept of it: not since when, and not when it was woken.
type PushSubscription struct {
	Device   account.KeyholderID
	Endpoint string
}

// PushView reads where an account's devices are woken.
type PushView interface {
	// PushSubscriptions returns all, by device.
	PushSubscriptions() ([]PushSubscription, error)
}

// PushTx changes it.
type PushTx interface {
	// PutPushSubscription stores or replaces a device's.
	PutPushSubscription(p PushSubscription) error
	// DropPushSubscription deletes a device's, if it is there and at that endpoint;
	// "" is any.
	DropPushSubscription(device account.KeyholderID, endpoint string) error
}

// RecentEntry is what decides whether an entry is news for somebody.
type RecentEntry struct {
	Seq     uint64
	Kind    convo.EntryKind
	Purpose convo.Purpose
	Account account.ID // that posted it
}

// RecentView reads the end of a log.
type RecentView interface {
	// Recent returns a log's last entries, at most limit, the newest first.
	Recent(limit int) ([]RecentEntry, error)
}
