package convo

import (
	"crypto/sha256"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Components of the GroupContext's app_data_dictionary.
const (
	// ComponentParticipants is participant_list of draft-ietf-mimi-protocol. It
	// stands in the GroupInfo that begins a conversation, in no GroupContext.
	ComponentParticipants mls.ComponentID = 0x0022
	// ComponentParticipantsHash holds Participants.Hash (private use).
	ComponentParticipantsHash mls.ComponentID = 0xC0FF
	// ComponentFacts holds Facts (private use).
	ComponentFacts mls.ComponentID = 0xC0FE
)

// State is what a GroupContext says of a conversation: facts, and participants,
// of which it holds the hash.
type State struct {
	Facts        *Facts
	Participants Participants
}

// Extensions returns the GroupContext extensions of a state.
func (s *State) Extensions() mls.Extensions {
	d := mls.AppDataDictionary{}.
		With(ComponentParticipantsHash, s.listHash()).
		With(ComponentFacts, s.Facts.Append(nil))
	return mls.Extensions{}.WithAppData(d)
}

func (s *State) listHash() []byte {
	h := s.Participants.Hash()
	return h[:]
}

// CreationExtensions returns the extensions of the GroupInfo that begins a
// conversation, beside external_pub and ratchet_tree: the participant list.
func (s *State) CreationExtensions() mls.Extensions {
	return mls.Extensions{}.WithAppData(mls.AppDataDictionary{}.With(ComponentParticipants, s.Participants.Append(nil)))
}

// ParseState reads a group context's state and checks that its group id follows
// from it, and that list is the one whose hash it holds.
func ParseState(c *mls.GroupContext, list Participants) (*State, error) {
	d, err := c.Extensions.AppData()
	if err != nil || len(c.Extensions) != 1 || len(d) != 2 {
		return nil, ErrMalformed
	}
	hash, _ := d.Get(ComponentParticipantsHash)
	facts, _ := d.Get(ComponentFacts)
	if len(hash) != sha256.Size {
		return nil, ErrMalformed
	}
	if err := list.check(); err != nil {
		return nil, err
	}
	s := &State{Participants: list}
	if [sha256.Size]byte(hash) != list.Hash() {
		return nil, ErrBadList
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
