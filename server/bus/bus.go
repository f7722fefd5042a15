// Package bus says how the parts of a server wake each other. A wake-up is a
// hint: truth is in the store, and one that is lost costs a poll. Package local
// is the implementation for a single process.
package bus

import "github.com/coffer-chat/coffer/core/account"

// Bus carries wake-ups for accounts. Its methods may be called concurrently.
type Bus interface {
	// Publish wakes who subscribed to the account. It does not block.
	Publish(id account.ID)
	// Subscribe returns a channel on which one value waits whenever something
	// was published since the last receive, and how to end the subscription.
	Subscribe(id account.ID) (woken <-chan struct{}, end func())
}
