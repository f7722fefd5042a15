package mem

// Fault is what happens at one Apply.
type Fault int

// The faults that Inject knows.
const (
	None        Fault = iota
	Refuse            // the Apply fails with store.ErrFull and changes nothing; the store goes on
	CrashBefore       // the machine stops before the batch is on disk
	CrashAfter        // the machine stops after the batch is on disk, before Apply returns
)

// Inject makes the store ask f at each Apply that passes its requirements; n
// counts them from 0 since the store was made. After a crash every call returns
// store.ErrCrashed.
func (s *Store) Inject(f func(n int) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inject = f
}

// CrashAt returns a function for Inject that lets the n-th Apply crash.
func CrashAt(n int, fault Fault) func(int) Fault {
	return func(i int) Fault {
		if i == n {
			return fault
		}
		return None
	}
}

// Applies returns how many batches passed their requirements so far.
func (s *Store) Applies() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.applies
}

// Survivor returns a store, open and without faults, with what a restart would
// find after a crash or Close.
func (s *Store) Survivor() *Store { return s.Snapshot() }
