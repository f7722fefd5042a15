package content

import (
	"fmt"
	"math"

	"github.com/coffer-chat/coffer/core/content/internal/dcbor"
)

// TypeInvite is the media type of what a group's admins say of an invite link.
const TypeInvite = "application/vnd.coffer.invite+cbor"

// MaxInviteUses is how many accounts one invite link may let in.
const MaxInviteUses = 1000

// Invite is what an admin of a group says to it of an invite link: its terms, or
// that it lets an account in, or that it lets in nobody any more
// (spec/invite.md).
type Invite struct {
	ID [16]byte
	// One of these is set.
	Terms   *InviteTerms
	Use     [32]byte // the account that is let in
	Revoked bool
}

// InviteTerms is whom an invite link lets in.
type InviteTerms struct {
	Key       [32]byte // that proofs are verified with
	Maker     [32]byte // the account whose link it is
	ExpiresMS uint64
	Uses      uint32     // how many accounts it may let in
	Used      [][32]byte // whom it has, as far as newcomers cannot know
}

// Keys of the invite map.
var (
	inviteID      = IntKey(1)
	inviteKey     = IntKey(2)
	inviteMaker   = IntKey(3)
	inviteExpires = IntKey(4)
	inviteUses    = IntKey(5)
	inviteUsed    = IntKey(6)
	inviteUse     = IntKey(7)
	inviteRevoked = IntKey(8)
)

// NewInvite returns a message that says something of an invite link.
func NewInvite(h Header, i Invite) (*Message, error) {
	b, err := i.Encode()
	if err != nil {
		return nil, err
	}
	return h.build(MessageID{}, MessageID{}, Part{Disposition: DispositionProfile, Body: &SinglePart{MediaType: TypeInvite, Content: b}})
}

// Encode returns it as a message holds it.
func (i *Invite) Encode() ([]byte, error) {
	ext := Extensions{{inviteID, dcbor.AppendBytes(nil, i.ID[:])}}
	add := func(key ExtensionKey, value []byte) { ext = append(ext, Extension{key, value}) }
	if t := i.Terms; t != nil {
		add(inviteKey, dcbor.AppendBytes(nil, t.Key[:]))
		add(inviteMaker, dcbor.AppendBytes(nil, t.Maker[:]))
		add(inviteExpires, dcbor.AppendUint(nil, t.ExpiresMS))
		add(inviteUses, dcbor.AppendUint(nil, uint64(t.Uses)))
		if len(t.Used) > 0 {
			var used []byte
			for _, id := range t.Used {
				used = append(used, id[:]...)
			}
			add(inviteUsed, dcbor.AppendBytes(nil, used))
		}
	}
	if i.Use != [32]byte{} {
		add(inviteUse, dcbor.AppendBytes(nil, i.Use[:]))
	}
	if i.Revoked {
		add(inviteRevoked, dcbor.AppendBool(nil, true))
	}
	b := ext.appendMap(nil)
	if _, err := ParseInvite(b); err != nil {
		return nil, fmt.Errorf("%w: invite", ErrInvalid)
	}
	return b, nil
}

// ParseInvite reads the content of a part of type TypeInvite. Keys of a later
// version are passed over.
func ParseInvite(data []byte) (*Invite, error) {
	r := dcbor.NewReader(data)
	ext, err := readExtensions(r, 32*MaxInviteUses+16)
	if err == nil {
		err = r.Done()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: invite: %w", ErrMalformed, err)
	}
	i, t := &Invite{}, &InviteTerms{}
	var id, key, maker, stray bool
	for _, x := range ext {
		v := partReader{Reader: dcbor.NewReader(x.Value)}
		fixed := func(dst []byte) {
			b := v.Bytes()
			v.limit(len(b) == len(dst), "invite")
			copy(dst, b)
		}
		switch x.Key {
		case inviteID:
			fixed(i.ID[:])
			id = true
		case inviteKey:
			fixed(t.Key[:])
			key = true
		case inviteMaker:
			fixed(t.Maker[:])
			maker, stray = true, true
		case inviteExpires:
			t.ExpiresMS, stray = v.Uint(math.MaxInt64), true
		case inviteUses:
			t.Uses, stray = uint32(v.Uint(MaxInviteUses)), true
		case inviteUsed:
			b := v.Bytes()
			stray = true
			v.limit(len(b) > 0 && len(b)%32 == 0 && len(b) <= 32*MaxInviteUses, "used")
			for ; len(b) >= 32; b = b[32:] {
				t.Used = append(t.Used, [32]byte(b))
			}
		case inviteUse:
			fixed(i.Use[:])
		case inviteRevoked:
			i.Revoked = v.Bool()
		default:
			continue
		}
		if err := v.Done(); err != nil {
			return nil, fmt.Errorf("%w: invite: %w", ErrMalformed, err)
		}
	}
	said := 0
	if key {
		i.Terms, said = t, said+1
	}
	if i.Use != [32]byte{} {
		said++
	}
	if i.Revoked {
		said++
	}
	whole := maker && t.ExpiresMS > 0 && t.Uses > 0
	if !id || said != 1 || i.Terms != nil && !whole || i.Terms == nil && stray {
		return nil, fmt.Errorf("%w: invite", ErrMalformed)
	}
	return i, nil
}
