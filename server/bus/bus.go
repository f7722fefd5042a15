// Package bus says how the parts of a server wake each other. A wake-up is a
// hint: truth is in the store, and one that is lost costs a poll. Package local
// is the implementation for a single process.
package bus

import (
	"time"

	"github.com/coffer-chat/coffer/core/account"
)

const (
	// RelayFor is how long an ephemeral message waits for its readers' next call.
	RelayFor = 10 * time.Second
	// MaxRelayed bounds the messages of an account that wait.
	MaxRelayed = 16
)

// Bus carries wake-ups for accounts. Its methods may be called concurrently.
type Bus interface {
	// Publish wakes who subscribed to the account. It does not block.
	Publish(id account.ID)
	// Subscribe returns a channel on which one value waits whenever something
	// was published since the last receive, and how to end the subscription.
	Subscribe(id account.ID) (woken <-chan struct{}, end func())
	// Relay hands an ephemeral message to who waits for the account's wake-ups, or
	// does so within RelayFor, and wakes them. It is kept in memory only, not
	// logged, and may be lost.
	Relay(id account.ID, message []byte)
	// Relayed returns the newest messages for the account that came after a cursor,
	// at most MaxRelayed, and a cursor that is above all of theirs.
	Relayed(id account.ID, after uint64) (messages [][]byte, cursor uint64)
}
