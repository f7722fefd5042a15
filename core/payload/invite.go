package payload

import (
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
