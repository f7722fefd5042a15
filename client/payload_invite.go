package client

import (
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/invite"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// groupInvite is an invite link that the account has made.
type groupInvite struct {
	conversation convo.ID
	secret       invite.Secret
	expiresMS    uint64
	uses         uint32
}

func (i *groupInvite) bytes() []byte {
	b := append(append([]byte(nil), i.conversation[:]...), i.secret.Bytes()...)
	return syntax.AppendUint32(syntax.AppendUint64(b, i.expiresMS), i.uses)
}

func parseGroupInvite(b []byte) (*groupInvite, error) {
	r := syntax.NewReader(b)
	i := &groupInvite{}
	r.Copy(i.conversation[:])
	secret := r.Fixed(invite.SecretSize)
	i.expiresMS, i.uses = min(r.Uint64(), lastMS), r.Uint32()
	if r.Done() != nil {
		return nil, r.Err()
	}
	var err error
	i.secret, err = invite.SecretFromBytes(secret)
	return i, err
}

// joinRequest is what somebody asks who has followed an invite link, until a
// device of this account has seen to it. At most one of each account waits.
type joinRequest struct {
	account account.ID
	invite  invite.ID
	proof   [invite.ProofSize]byte
}

func (j *joinRequest) row() store.Key { return tableJoin.ID(j.account[:]) }

func (j *joinRequest) bytes() []byte {
	b := append(append([]byte(nil), j.account[:]...), j.invite[:]...)
	return append(b, j.proof[:]...)
}

func parseJoinRequest(b []byte) (*joinRequest, error) {
	r := syntax.NewReader(b)
	j := &joinRequest{}
	r.Copy(j.account[:])
	r.Copy(j.invite[:])
	r.Copy(j.proof[:])
	return j, r.Done()
}
