package client

import (
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/invite"
	"github.com/coffer-chat/coffer/mls/syntax"
)

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
