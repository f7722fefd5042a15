package store

// RetentionTx keeps up to where devices have a log, so that what nobody's vault
// keeps can be dropped.
type RetentionTx interface {
	// PutStored notes that a device has all entries up to seq. It never goes back.
	PutStored(d Device, seq uint64) error
	// StoredByAll is up to where every leaf of the current group has the log.
	StoredByAll() (uint64, error)
	// Undeposited returns at most limit messages that still have a body, are of an
	// epoch without any deposit, and lie above the place up to which Dropped was
	// called and not above to; in ascending order.
	Undeposited(to uint64, limit int) ([]uint64, error)
	// Dropped notes up to where nothing is left to drop.
	Dropped(to uint64) error
}
