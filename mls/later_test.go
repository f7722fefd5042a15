package mls

import (
	"errors"
	"slices"
	"testing"
)

// TestLater: a commit whose signatures are checked later leads to the same epoch,
// and what is put off is what would have been refused at once.
func TestLater(t *testing.T) {
	w := pairWorld(t)
	a := w.members["a0"]
	public := a.Public()
	staged, err := a.Commit(w.rand, CommitOptions{ForcePath: true, Add: []*KeyPackage{w.bundle("c").KeyPackage}})
	noErr(t, err)
	process := func(msg []byte) (*StagedPublicCommit, []error) {
		var checks []func() error
		s, err := public.Process(msg, ProcessOptions{Later: func(check func() error) { checks = append(checks, check) }})
		noErr(t, err)
		if len(checks) != 4 { // the commit, the key package and its leaf, the path's leaf
			t.Errorf("%d checks were put off", len(checks))
		}
		var errs []error
		for _, check := range checks {
			errs = append(errs, check())
		}
		return s, errs
	}
	s, errs := process(staged.Message)
	noErr(t, errors.Join(errs...))
	if string(s.Group().contextBytes) != string(staged.Group().contextBytes) {
		t.Error("another epoch")
	}
	forged := slices.Clone(staged.Message)
	forged[len(forged)-67] ^= 1 // before confirmation and membership tag
	if _, err := public.Process(forged, ProcessOptions{}); !errors.Is(err, ErrBadSignature) {
		t.Errorf("at once: %v", err)
	}
	s, errs = process(forged)
	if err := errors.Join(errs...); !errors.Is(err, ErrBadSignature) {
		t.Errorf("later: %v", err)
	}
	if string(s.Group().contextBytes) == string(staged.Group().contextBytes) {
		t.Error("the transcript does not depend on the signature")
	}
}
