package convo

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Components of the GroupContext's app_data_dictionary.
const (
	// ComponentParticipants is participant_list of draft-ietf-mimi-protocol.
	ComponentParticipants mls.ComponentID = 0x0022
	// ComponentFacts holds Facts (private use).
	ComponentFacts mls.ComponentID = 0xC0FE
)

// State is what Coffer keeps in a GroupContext.
type State struct {
	Facts        *Facts
	Participants Participants
}

// Extensions returns the GroupContext extensions of a state.
func (s *State) Extensions() mls.Extensions {
	d := mls.AppDataDictionary{}.
		With(ComponentParticipants, s.Participants.Append(nil)).
		With(ComponentFacts, s.Facts.Append(nil))
	return mls.Extensions{}.WithAppData(d)
}

// ParseState reads a group context's state and checks that its group id
// follows from it.
func ParseState(c *mls.GroupContext) (*State, error) {
	d, err := c.Extensions.AppData()
	if err != nil || len(c.Extensions) != 1 || len(d) != 2 {
		return nil, ErrMalformed
	}
	list, _ := d.Get(ComponentParticipants)
	facts, _ := d.Get(ComponentFacts)
	s := new(State)
	if s.Participants, err = ParseParticipants(list); err != nil {
		return nil, err
	}
	if s.Facts, err = ParseFacts(facts); err != nil {
		return nil, err
	}
	id, generation, err := ParseMLSGroupID(c.GroupID)
	if err != nil {
		return nil, err
	}
	if id != s.Facts.ID() || generation != s.Facts.Generation {
		return nil, ErrWrongID
	}
	if s.Facts.Kind == Direct && !s.directPair() {
		return nil, ErrFixedMembers
	}
	return s, nil
}

// directPair reports whether the participants are the two of the facts.
func (s *State) directPair() bool {
	want := Participants{}.With(s.Facts.Creator, Member).With(s.Facts.Peer, Member)
	if len(want) != len(s.Participants) {
		return false
	}
	for i := range want {
		if want[i] != s.Participants[i] {
			return false
		}
	}
	return true
}

// JoinKeyID is the id of the external PSK that an external commit to an epoch
// must inject.
func JoinKeyID(id ID, generation uint32, epoch uint64) []byte {
	b := syntax.AppendString(nil, "Coffer 1.0 join key")
	b = append(b, id[:]...)
	b = syntax.AppendUint32(b, generation)
	return syntax.AppendUint64(b, epoch)
}

// LeafOf reads and returns what a record keeps of a leaf; the certificate is
// not verified.
func LeafOf(n *mls.LeafNode) (*Leaf, account.LeafIdentity, error) {
	if n.Credential.Type != mls.CredentialBasic {
		return nil, account.LeafIdentity{}, ErrNotADevice
	}
	id, err := account.ParseLeafIdentity(n.Credential.Identity)
	if err != nil {
		return nil, account.LeafIdentity{}, ErrNotADevice
	}
	return &Leaf{Account: id.Account, Device: id.Device, SignatureKey: n.SignatureKey}, id, nil
}
