package sqlstore

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

func (t conversationTx) Create(c store.Conversation) error {
	_, err := t.c.exec(`INSERT INTO conversation (conversation, created_ms, generation, epoch, head_seq, head_link,
		accepted_ms, info_seq, grace_ms, suite, leave_seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		t.key(num(c.CreatedMS), int64(c.Generation), num(c.Epoch), num(c.Head.Seq), c.Head.Link[:], num(c.AcceptedMS),
			num(c.InfoSeq), num(c.GraceMS), int64(c.Suite), num(c.LeaveSeq))...)
	return err
}

func (t conversationTx) SetConversation(c store.Conversation) error {
	return t.c.change(`UPDATE conversation SET generation = $2, epoch = $3, head_seq = $4, head_link = $5,
		accepted_ms = $6, info_seq = $7, grace_ms = $8, suite = $9, leave_seq = $10 WHERE conversation = $1`,
		t.key(int64(c.Generation), num(c.Epoch), num(c.Head.Seq), c.Head.Link[:], num(c.AcceptedMS),
			num(c.InfoSeq), num(c.GraceMS), int64(c.Suite), num(c.LeaveSeq))...)
}

func (t conversationTx) Append(e store.Entry) error {
	var erase, target any
	if e.EraseMS != 0 {
		erase = num(e.EraseMS)
	}
	if e.Target != 0 {
		target = num(e.Target)
	}
	_, err := t.c.exec(`INSERT INTO entry (conversation, seq, kind, account, device, accepted_ms, generation, epoch,
		purpose, target, link, idempotency, erase_ms, frank, header, body_hash, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		t.key(num(e.Seq), int64(e.Kind), e.Sender.Account[:], e.Sender.Device[:], num(e.AcceptedMS),
			int64(e.Generation), num(e.Epoch), int64(e.Purpose), target, e.Link[:], e.Idempotency, erase, e.Frank,
			e.Header, e.BodyHash, e.Body)...)
	return err
}

func (t conversationTx) Erase(seq uint64, header []byte, bodyHash [32]byte) error {
	t.c.erased = true
	if err := t.c.change(`UPDATE entry SET body = NULL, erase_ms = NULL, header = $3, body_hash = $4
		WHERE conversation = $1 AND seq = $2`, t.key(num(seq), bin(header), bodyHash[:])...); err != nil {
		return err
	}
	_, err := t.c.exec(`DELETE FROM released WHERE conversation = $1 AND seq = $2`, t.key(num(seq))...)
	return err
}

func (t conversationTx) Release(seq uint64, id account.ID) ([]account.ID, error) {
	if _, err := t.c.exec(`INSERT INTO released (conversation, seq, account) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		t.key(num(seq), id[:])...); err != nil {
		return nil, err
	}
	return t.ReleasedFrom(seq)
}

func (t conversationTx) ReleasedFrom(seq uint64) ([]account.ID, error) {
	return t.c.accounts(`SELECT account FROM released WHERE conversation = $1 AND seq = $2 ORDER BY account`, t.key(num(seq)))
}

func (t conversationTx) PutParticipant(p store.Participant) error {
	_, err := t.c.exec(`INSERT INTO participant (conversation, account, role, since, until, left_seq, named)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (conversation, account) DO UPDATE SET
		role = excluded.role, since = excluded.since, until = excluded.until, left_seq = excluded.left_seq,
		named = excluded.named`,
		t.key(p.Account[:], int64(p.Role), num(p.Since), num(p.Until), num(p.Left), num(p.Named))...)
	if err == nil && (p.Until != 0 || p.Left != 0) {
		err = t.dropReadMark(p.Account)
	}
	return err
}

func (t conversationTx) Wake() error {
	_, err := t.c.exec(`INSERT INTO outbox (conversation, mark) VALUES ($1, 1)
		ON CONFLICT (conversation) DO UPDATE SET mark = outbox.mark + 1`, t.key()...)
	return err
}

func (t conversationTx) PutLeaf(d store.Device) error {
	_, err := t.c.exec(`INSERT INTO leaf (conversation, account, device) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		t.key(d.Account[:], d.Device[:])...)
	return err
}

func (t conversationTx) DropLeaf(d store.Device) error {
	_, err := t.c.exec(`DELETE FROM leaf WHERE conversation = $1 AND account = $2 AND device = $3`,
		t.key(d.Account[:], d.Device[:])...)
	return err
}
