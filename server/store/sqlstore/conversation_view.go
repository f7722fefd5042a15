package sqlstore

import (
	"context"
	"database/sql"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

// conversationTx is one conversation in a transaction, or in a view.
type conversationTx struct {
	c  *conn
	id convo.ID
}

var _ store.ConversationTx = conversationTx{}

// ViewConversation implements store.Store.
func (s *DB) ViewConversation(ctx context.Context, id convo.ID, fn func(store.ConversationView) error) error {
	return s.view(ctx, func(c *conn) error { return fn(conversationTx{c, id}) })
}

// UpdateConversation implements store.Store.
func (s *DB) UpdateConversation(ctx context.Context, id convo.ID, fn func(store.ConversationTx) error) error {
	return s.update(ctx, func(c *conn) error { return fn(conversationTx{c, id}) })
}

func (t conversationTx) key(more ...any) []any { return append([]any{t.id[:]}, more...) }

func (t conversationTx) Conversation() (store.Conversation, error) {
	c := store.Conversation{ID: t.id}
	var link []byte
	err := t.c.one(`SELECT created_ms, generation, epoch, head_seq, head_link, accepted_ms, info_seq, grace_ms, suite, leave_seq
		FROM conversation WHERE conversation = $1`, t.key(),
		&c.CreatedMS, &c.Generation, &c.Epoch, &c.Head.Seq, &link, &c.AcceptedMS, &c.InfoSeq, &c.GraceMS, &c.Suite, &c.LeaveSeq)
	if err != nil {
		return store.Conversation{}, err
	}
	err = fixed(c.Head.Link[:], link)
	return c, err
}

const entryColumns = `SELECT seq, kind, account, device, accepted_ms, generation, epoch, purpose, target, link,
	idempotency, erase_ms, frank, header, body_hash, body FROM entry WHERE conversation = $1 `

// scanEntry reads a row. A restore reads a whole history of them: raw columns are not
// copied one by one, and whole numbers are taken as the database has them, which
// database/sql would otherwise convert by way of text.
func scanEntry(rows *sql.Rows) (e store.Entry, err error) {
	var id, device, link, idempotency, frank, header, bodyHash, body sql.RawBytes
	var seq, kind, accepted, generation, epoch, purpose int64
	var erase, target sql.Null[int64]
	err = rows.Scan(&seq, &kind, &id, &device, &accepted, &generation, &epoch, &purpose, &target, &link,
		&idempotency, &erase, &frank, &header, &bodyHash, &body)
	if err != nil {
		return e, err
	}
	e.Seq, e.Kind, e.AcceptedMS = uint64(seq), convo.EntryKind(kind), uint64(accepted)
	e.Generation, e.Epoch, e.Purpose = uint32(generation), uint64(epoch), convo.Purpose(purpose)
	e.EraseMS, e.Target = uint64(erase.V), uint64(target.V)
	kept := make([]byte, 0, len(idempotency)+len(frank)+len(header)+len(bodyHash)+len(body))
	keep := func(raw sql.RawBytes) []byte {
		if raw == nil {
			return nil // such as a body that was erased
		}
		from := len(kept)
		kept = append(kept, raw...)
		return kept[from:len(kept):len(kept)]
	}
	e.Idempotency, e.Frank, e.Header, e.BodyHash, e.Body = keep(idempotency), keep(frank), keep(header), keep(bodyHash), keep(body)
	if err := fixed(e.Sender.Account[:], id); err != nil {
		return e, err
	}
	if err := fixed(e.Sender.Device[:], device); err != nil {
		return e, err
	}
	err = fixed(e.Link[:], link)
	return e, err
}

func (t conversationTx) Entry(seq uint64) (store.Entry, error) {
	var out []store.Entry
	err := t.c.each(entryColumns+`AND seq = $2`, t.key(num(seq)), func(rows *sql.Rows) (bool, error) {
		e, err := scanEntry(rows)
		out = append(out, e)
		return true, err
	})
	if err == nil && len(out) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Entry{}, err
	}
	return out[0], nil
}

func (t conversationTx) Link(seq uint64) (link [32]byte, err error) {
	var b []byte
	if err = t.c.one(`SELECT link FROM entry WHERE conversation = $1 AND seq = $2`, t.key(num(seq)), &b); err != nil {
		return link, err
	}
	err = fixed(link[:], b)
	return link, err
}

func (t conversationTx) Entries(from uint64, descending bool, limit, maxBytes int) ([]store.Entry, error) {
	query := entryColumns + `AND seq >= $2 ORDER BY seq LIMIT $3`
	if descending {
		query = entryColumns + `AND seq <= $2 ORDER BY seq DESC LIMIT $3`
	}
	var out []store.Entry
	size := 0
	err := t.c.each(query, t.key(num(from), limit), func(rows *sql.Rows) (bool, error) {
		e, err := scanEntry(rows)
		if err != nil {
			return false, err
		}
		if size += len(e.Body) + len(e.Header); size > maxBytes && len(out) > 0 {
			return false, nil
		}
		out = append(out, e)
		return true, nil
	})
	return out, err
}

func (t conversationTx) ByIdempotency(id account.ID, key []byte) (seq uint64, err error) {
	err = t.c.one(`SELECT seq FROM entry WHERE conversation = $1 AND account = $2 AND idempotency = $3`,
		t.key(id[:], key), &seq)
	return seq, err
}

const participantColumns = `SELECT account, role, since, until, left_seq, named FROM participant WHERE conversation = $1 `

func (t conversationTx) participants(query string, args []any) ([]store.Participant, error) {
	var out []store.Participant
	err := t.c.each(query, args, func(rows *sql.Rows) (bool, error) {
		var p store.Participant
		var id []byte
		if err := rows.Scan(&id, &p.Role, &p.Since, &p.Until, &p.Left, &p.Named); err != nil {
			return false, err
		}
		err := fixed(p.Account[:], id)
		out = append(out, p)
		return true, err
	})
	return out, err
}

func (t conversationTx) Participants() ([]store.Participant, error) {
	return t.participants(participantColumns+`ORDER BY account`, t.key())
}

func (t conversationTx) Participant(id account.ID) (store.Participant, error) {
	list, err := t.participants(participantColumns+`AND account = $2`, t.key(id[:]))
	if err != nil {
		return store.Participant{}, err
	}
	if len(list) == 0 {
		return store.Participant{}, store.ErrNotFound
	}
	return list[0], nil
}

func (t conversationTx) EditsOf(target uint64) (out []uint64, err error) {
	err = t.c.each(`SELECT seq FROM entry WHERE conversation = $1 AND target = $2 AND purpose = $3 ORDER BY seq`,
		t.key(num(target), int64(convo.PurposeEdit)), func(rows *sql.Rows) (bool, error) {
			var seq uint64
			err := rows.Scan(&seq)
			out = append(out, seq)
			return true, err
		})
	return out, err
}

func (t conversationTx) IsLeaf(d store.Device) (bool, error) {
	n := 0
	err := t.c.one(`SELECT count(*) FROM leaf WHERE conversation = $1 AND account = $2 AND device = $3`,
		t.key(d.Account[:], d.Device[:]), &n)
	return n > 0, err
}
