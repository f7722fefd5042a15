package convo

import (
	"bytes"
	"slices"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Role is a participant's role index in the participant list.
type Role uint32

// The roles. A member may write, add participants and leave; an admin may also
// remove participants and make admins; an owner may do everything.
const (
	Member Role = 1
	Admin  Role = 2
	Owner  Role = 3
)

// MaxParticipants bounds a conversation.
const MaxParticipants = account.MaxHeadTable

// Participant is an account in a conversation.
type Participant struct {
	Account account.ID
	Role    Role
}

// Participants is the participant list, sorted by account: participant_list of
// draft-ietf-mimi-protocol, with the 32-byte account id as user. An account may
// stand in it without any leaf in the group. The GroupContext holds its hash;
// the list itself stands in the epoch record.
type Participants []Participant

// NewParticipants sorts list and refuses a repeated account.
func NewParticipants(list []Participant) (Participants, error) {
	p := Participants(slices.Clone(list))
	slices.SortFunc(p, func(a, b Participant) int { return bytes.Compare(a.Account[:], b.Account[:]) })
	return p, p.check()
}

func (p Participants) check() error {
	if len(p) > MaxParticipants {
		return ErrTooLarge
	}
	for i, q := range p {
		if q.Role < Member || q.Role > Owner {
			return ErrMalformed
		}
		if i > 0 && bytes.Compare(p[i-1].Account[:], q.Account[:]) >= 0 {
			return ErrMalformed
		}
	}
	return nil
}

// Append appends the encoding.
func (p Participants) Append(b []byte) []byte {
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, q := range p {
			b = syntax.AppendOpaque(b, q.Account[:])
			b = syntax.AppendUint32(b, uint32(q.Role))
		}
		return b
	})
}

// ParseParticipants reads the encoding and refuses an unsorted list.
func ParseParticipants(b []byte) (Participants, error) {
	r := syntax.NewReader(b)
	p := Participants(syntax.List(r, readParticipant))
	if r.Done() != nil {
		return nil, ErrMalformed
	}
	if len(p) > MaxParticipants {
		return nil, ErrTooLarge
	}
	return p, p.check()
}

// minParticipant is the size of an entry: account id, its length, and role.
const minParticipant = 32 + 1 + 4

func readParticipant(r *syntax.Reader) Participant {
	var q Participant
	user := r.Opaque()
	if len(user) != len(q.Account) {
		r.Fail(ErrMalformed)
		return q
	}
	copy(q.Account[:], user)
	q.Role = Role(r.Uint32())
	return q
}

// Hash is the labelled hash that stands for the list in the GroupContext.
func (p Participants) Hash() [32]byte {
	return account.HashWithLabel("participant list", p.Append(nil))
}

// Role returns an account's role and whether it is a participant.
func (p Participants) Role(id account.ID) (Role, bool) {
	i, ok := slices.BinarySearchFunc(p, id, func(q Participant, id account.ID) int {
		return bytes.Compare(q.Account[:], id[:])
	})
	if !ok {
		return 0, false
	}
	return p[i].Role, true
}

// With returns a list in which id has the role.
func (p Participants) With(id account.ID, role Role) Participants {
	out := p.Without(id)
	i, _ := slices.BinarySearchFunc(out, id, func(q Participant, id account.ID) int {
		return bytes.Compare(q.Account[:], id[:])
	})
	return slices.Insert(out, i, Participant{Account: id, Role: role})
}

// Without returns a list that lacks id.
func (p Participants) Without(id account.ID) Participants {
	out := make(Participants, 0, len(p)+1)
	for _, q := range p {
		if q.Account != id {
			out = append(out, q)
		}
	}
	return out
}
