package payload

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/invite"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// GroupInvite is an invite link that the account has made.
type GroupInvite struct {
	Conversation convo.ID
	Secret       invite.Secret
	ExpiresMS    uint64
	Uses         uint32
}

// Bytes returns a payload's body.
func (i *GroupInvite) Bytes() []byte {
	b := append(append([]byte(nil), i.Conversation[:]...), i.Secret.Bytes()...)
	return syntax.AppendUint32(syntax.AppendUint64(b, i.ExpiresMS), i.Uses)
}

// ParseGroupInvite reads a payload's body.
func ParseGroupInvite(b []byte) (*GroupInvite, error) {
	r := syntax.NewReader(b)
	i := &GroupInvite{}
	r.Copy(i.Conversation[:])
	secret := r.Fixed(invite.SecretSize)
	i.ExpiresMS, i.Uses = min(r.Uint64(), LastMS), r.Uint32()
	if r.Done() != nil {
		return nil, r.Err()
	}
	var err error
	i.Secret, err = invite.SecretFromBytes(secret)
	return i, err
}

// InviteUse says that an invite let an account in, or, with none, that it lets
// nobody in any more.
type InviteUse struct {
	Invite  invite.ID
	Account account.ID
}

// Bytes returns a payload's body.
func (u *InviteUse) Bytes() []byte {
	return append(append([]byte(nil), u.Invite[:]...), u.Account[:]...)
}

// ParseInviteUse reads a payload's body.
func ParseInviteUse(b []byte) (*InviteUse, error) {
	r := syntax.NewReader(b)
	u := &InviteUse{}
	r.Copy(u.Invite[:])
	r.Copy(u.Account[:])
	return u, r.Done()
}
