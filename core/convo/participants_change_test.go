package convo

import (
	"errors"
	"slices"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// TestParticipantsChange reads changes of a list back, and refuses every change
// that says the same in another way or takes out who is not there.
func TestParticipantsChange(t *testing.T) {
	id := func(n byte) account.ID { return account.ID{n} }
	before := Participants{{id(2), Owner}, {id(4), Member}, {id(6), Admin}}
	for name, c := range map[string]struct {
		change Participants
		after  Participants
		want   error
	}{
		"nothing":          {nil, before, nil},
		"one more at last": {Participants{{id(7), Member}}, Participants{before[0], before[1], before[2], {id(7), Member}}, nil},
		"one at first":     {Participants{{id(1), Member}}, Participants{{id(1), Member}, before[0], before[1], before[2]}, nil},
		"another role":     {Participants{{id(4), Admin}}, Participants{before[0], {id(4), Admin}, before[2]}, nil},
		"one gone":         {Participants{{id(4), gone}}, Participants{before[0], before[2]}, nil},
		"all of it": {Participants{{id(2), gone}, {id(3), Member}, {id(4), Owner}, {id(6), gone}},
			Participants{{id(3), Member}, {id(4), Owner}}, nil},
		"the same role":         {Participants{{id(4), Member}}, nil, ErrMalformed},
		"gone who is not there": {Participants{{id(5), gone}}, nil, ErrMalformed},
		"role 4":                {Participants{{id(5), 4}}, nil, ErrMalformed},
		"not sorted":            {Participants{{id(5), Member}, {id(3), Member}}, nil, ErrMalformed},
		"twice":                 {Participants{{id(5), Member}, {id(5), Member}}, nil, ErrMalformed},
	} {
		got, err := readParticipantsChange(syntax.NewReader(c.change.Append(nil)), before)
		if !errors.Is(err, c.want) || !slices.Equal(got, c.after) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if err == nil && !slices.Equal(c.after.appendChange(nil, before), c.change.Append(nil)) {
			t.Errorf("%s is written otherwise", name)
		}
	}
	many := make(Participants, MaxParticipants)
	for i := range many {
		many[i] = Participant{account.ID{byte(i >> 8), byte(i)}, Member}
	}
	one := Participants{{account.ID{0xff, 0xff}, Member}}.Append(nil)
	if _, err := readParticipantsChange(syntax.NewReader(one), many); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one too many: %v", err)
	}
}

// TestBeginList wants the creation's list to be the one whose hash its
// GroupContext holds.
func TestBeginList(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"alice", "bob"} {
		w.register(name)
	}
	s := &State{w.groupFacts("alice"), w.list("alice:3 bob:1")}
	g := must[*mls.Group](t)(mls.NewGroup(w.rand, mls.GroupParams{
		Suite: testSuite, GroupID: MLSGroupID(s.Facts.ID(), 0), Leaf: w.leaf("alice/1"), Extensions: s.Extensions(),
	}))
	list := func(p Participants) mls.AppDataDictionary {
		return mls.AppDataDictionary{}.With(ComponentParticipants, p.Append(nil))
	}
	for name, c := range map[string]struct {
		e    mls.Extensions
		want error
	}{
		"the list":          {s.CreationExtensions(), nil},
		"no list":           {nil, ErrMalformed},
		"another list":      {mls.Extensions{}.WithAppData(list(w.list("alice:3 bob:3"))), ErrBadList},
		"nobody":            {mls.Extensions{}.WithAppData(list(nil)), ErrBadList},
		"another component": {mls.Extensions{}.WithAppData(list(s.Participants).With(0xC0FD, nil)), ErrMalformed},
		"not sorted": {mls.Extensions{}.WithAppData(list(Participants{s.Participants[1], s.Participants[0]})),
			ErrMalformed},
	} {
		info := must[[]byte](t)(g.GroupInfo(w.rand, mls.GroupInfoOptions{ExternalPub: true, Tree: true, Extensions: c.e}))
		if _, _, err := Begin(info); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
