package mls

// Later takes the checks of signatures off the way, so that those of many
// commits can be run at the same time. Until each check that was handed to it
// has returned nil, nothing that came of the commit is verified: its maker may be
// anybody. A nil Later runs them at once.
type Later func(check func() error)

func (l Later) check(f func() error) error {
	if l == nil {
		return f()
	}
	l(f)
	return nil
}
