package client

import (
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/invite"
	"github.com/coffer-chat/coffer/core/payload"
	"github.com/coffer-chat/coffer/mls/syntax"
)

func inviteUseRow(u *payload.InviteUse) store.Key {
	return tableInviteUse.ID(u.Invite[:]).ID(u.Account[:])
}

// applyInviteUse counts whom an invite let in, or withdraws the invite.
func applyInviteUse(b *store.Batch, u *payload.InviteUse) {
	if !u.Account.IsZero() {
		b.Set(inviteUseRow(u).Bytes(), []byte{})
		return
	}
	uses := tableInviteUse.ID(u.Invite[:])
	b.Delete(tableInvite.ID(u.Invite[:]).Bytes())
	b.DeleteRange(uses.Bytes(), uses.End())
}

// joinRequest is what somebody asks who has followed an invite link, until a
// device of this account has seen to it. At most one of each account waits.
type joinRequest struct {
	account account.ID
	invite  invite.ID
	proof   [invite.ProofSize]byte
	// begun says that this device has noted it in the private log, or was about to.
	begun bool
}

func (j *joinRequest) row() store.Key { return tableJoin.ID(j.account[:]) }

func (j *joinRequest) bytes() []byte {
	b := append(append([]byte(nil), j.account[:]...), j.invite[:]...)
	return syntax.AppendBool(append(b, j.proof[:]...), j.begun)
}

func parseJoinRequest(b []byte) (*joinRequest, error) {
	r := syntax.NewReader(b)
	j := &joinRequest{}
	r.Copy(j.account[:])
	r.Copy(j.invite[:])
	r.Copy(j.proof[:])
	j.begun = r.Bool()
	return j, r.Done()
}
