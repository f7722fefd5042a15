package content

import (
	"fmt"

	"github.com/coffer-chat/coffer/core/content/internal/dcbor"
)

// TypeJoin is the media type of what asks to be added to a group.
const TypeJoin = "application/vnd.coffer.join+cbor"

// Join asks an admin of a group to be added to it, by an invite link
// (spec/invite.md).
type Join struct {
	Invite [16]byte
	Proof  [64]byte
}

// Keys of the join map.
var (
	joinInvite = IntKey(1)
	joinProof  = IntKey(2)
)

// NewJoin returns a message that asks to be added to a group.
func NewJoin(h Header, j Join) (*Message, error) {
	b := Extensions{
		{joinInvite, dcbor.AppendBytes(nil, j.Invite[:])}, {joinProof, dcbor.AppendBytes(nil, j.Proof[:])},
	}.appendMap(nil)
	return h.build(MessageID{}, MessageID{}, Part{Disposition: DispositionProfile, Body: &SinglePart{MediaType: TypeJoin, Content: b}})
}

// parseJoin reads the content of a part of type TypeJoin. Keys of a later version
// are passed over.
func parseJoin(data []byte) (*Join, error) {
	r := dcbor.NewReader(data)
	ext, err := readExtensions(r, MaxExtensionValue)
	if err == nil {
		err = r.Done()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: join: %w", ErrMalformed, err)
	}
	j := &Join{}
	for key, dst := range map[ExtensionKey][]byte{joinInvite: j.Invite[:], joinProof: j.Proof[:]} {
		v := dcbor.NewReader(ext.Get(key))
		b := v.Bytes()
		if v.Done() != nil || len(b) != len(dst) {
			return nil, fmt.Errorf("%w: join", ErrMalformed)
		}
		copy(dst, b)
	}
	return j, nil
}
