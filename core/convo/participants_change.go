package convo

import (
	"bytes"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// gone is the role index of an account that a change takes out of the list.
const gone Role = 0

// appendChange appends what differs from the list before, in the encoding of a
// list: each account that is new or has another role, and, with role 0, each
// that is gone. Against none it is the list itself.
func (p Participants) appendChange(b []byte, before Participants) []byte {
	var diff Participants
	i, j := 0, 0
	for i < len(before) || j < len(p) {
		order := -1
		switch {
		case i == len(before):
			order = 1
		case j < len(p):
			order = bytes.Compare(before[i].Account[:], p[j].Account[:])
		}
		switch {
		case order < 0:
			diff = append(diff, Participant{before[i].Account, gone})
			i++
		case order > 0:
			diff = append(diff, p[j])
			j++
		default:
			if before[i].Role != p[j].Role {
				diff = append(diff, p[j])
			}
			i, j = i+1, j+1
		}
	}
	return diff.Append(b)
}

// readParticipantsChange applies a change to the list before, which it leaves
// as it is, and refuses one that appendChange does not make.
func readParticipantsChange(r *syntax.Reader, before Participants) (Participants, error) {
	v := r.Vector()
	if r.Err() != nil {
		return nil, ErrMalformed
	}
	out := make(Participants, 0, min(len(before)+v.Len()/minParticipant, MaxParticipants))
	var last account.ID
	i, first := 0, true
	for v.More() {
		q := readParticipant(v)
		if v.Err() != nil || q.Role > Owner || !first && bytes.Compare(last[:], q.Account[:]) >= 0 {
			return nil, ErrMalformed
		}
		last, first = q.Account, false
		for i < len(before) && bytes.Compare(before[i].Account[:], q.Account[:]) < 0 {
			out = append(out, before[i])
			i++
		}
		is := i < len(before) && before[i].Account == q.Account
		if is && before[i].Role == q.Role || !is && q.Role == gone {
			return nil, ErrMalformed // a list has one change only
		}
		if is {
			i++
		}
		if q.Role != gone {
			out = append(out, q)
		}
		if len(out) > MaxParticipants {
			return nil, ErrTooLarge
		}
	}
	r.Close(v)
	if first {
		return before, nil
	}
	out = append(out, before[i:]...)
	if len(out) > MaxParticipants {
		return nil, ErrTooLarge
	}
	return out, nil
}
