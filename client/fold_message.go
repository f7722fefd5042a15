package client

import (
	"context"

	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
)

// message stores a message entry: as a record, or as a mark on another one.
func (f *fold) message(ctx context.Context, o *opened) error {
	if err := f.headNamed(ctx, o); err != nil {
		return err
	}
	if err := f.forgetSent(ctx, o); err != nil {
		return err
	}
	x := o.entry
	r := &record{seq: x.Seq, link: x.Link, account: x.Sender.Account, atMS: x.AcceptedMS}
	switch {
	case x.Erased():
		r.kind = recordErased
		excused, err := f.excused(ctx, o)
		if err != nil {
			return err
		}
		if o.header.Purpose != convo.PurposeMessage || excused || f.erasedBefore(ctx, x) {
			r = &record{seq: x.Seq, link: x.Link}
			break
		}
		// What nobody keeps the server drops; that it was there is kept.
		dropped, err := f.e.droppable(ctx, f.c, x.Seq)
		if err != nil {
			return err
		}
		if !dropped {
			f.missing[x.Seq] = true
		}
	case o.unreadable:
		r.kind = recordUnreadable
		if o.locked {
			f.c.st.lock(x.Seq)
		}
		if o.header.Purpose != convo.PurposeMessage || f.before(ctx, o) {
			r = &record{seq: x.Seq, link: x.Link}
		}
	default:
		return f.readable(ctx, o, r)
	}
	f.c.st.ActivityMS = max(f.c.st.ActivityMS, x.AcceptedMS)
	return f.put(ctx, r)
}

// before reports whether an unreadable entry is older than this account's part
// in the conversation: nothing was ever meant for it there.
func (f *fold) before(ctx context.Context, o *opened) bool {
	row, err := f.e.epoch(ctx, f.c, epochOf(o.entry))
	if err != nil || row == nil {
		return true
	}
	if f.e.takesPart(row.record) {
		return false
	}
	by, err := f.e.givenBy(ctx, f.c, o.entry.Seq)
	return err != nil || by.IsZero()
}

// readable stores a message that was opened.
func (f *fold) readable(ctx context.Context, o *opened, r *record) error {
	seq, again, err := f.e.seqOf(ctx, f.c, o.id)
	switch {
	case err != nil:
		return err
	case again && seq < r.seq:
		// A second entry with the same message id.
		return f.put(ctx, &record{seq: r.seq, link: r.link})
	case again && seq > r.seq:
		// Reading downwards, the second one came first.
		if err := f.silence(ctx, seq); err != nil {
			return err
		}
	}
	f.noteAnswer(r.account)
	overAt := overMS(o.view.Expires, r.atMS)
	gone, err := f.e.over(ctx, overAt)
	if err != nil {
		return err
	}
	cleared, err := f.cleared(ctx, r.seq)
	if err != nil {
		return err
	}
	if (gone || cleared) && o.view.Kind != content.KindUnsend && o.view.Kind != content.KindInfo && o.view.Kind != content.KindProfile && o.view.Kind != content.KindInvite && o.view.Kind != content.KindHistory {
		if r.account == f.e.self.id && gone {
			doom(f.b, o.msg, o.id)
		} else if r.account == f.e.self.id {
			f.leaveFiles(r.seq, o.msg, o.id)
		}
		return f.put(ctx, &record{seq: r.seq, link: r.link, kind: recordGone, id: o.id})
	}
	quiet := &record{seq: r.seq, link: r.link, kind: recordMark, account: r.account, atMS: r.atMS, id: o.id}
	m := &mark{id: o.view.Target, by: r.account, seq: r.seq, atMS: r.atMS, own: o.id}
	switch o.view.Kind {
	case content.KindEdit:
		m.kind, m.target, m.data = markEdit, o.header.Target, o.msg.Bytes()
	case content.KindUnsend:
		m.kind, m.target = markUnsend, o.header.Target
	case content.KindReaction:
		m.kind, m.data = markReact, []byte(o.view.Text)
	case content.KindUnreaction:
		m.kind, m.ref, m.id = markUnreact, o.view.Target, o.msg.Fields().InReplyTo
	case content.KindInfo:
		return f.info(ctx, o, r)
	case content.KindProfile:
		if err := f.noteProfile(ctx, r.account, o.view.Profile); err != nil {
			return err
		}
		return f.put(ctx, quiet)
	case content.KindJoin:
		f.noteJoin(r, o.view.Join)
		return f.put(ctx, quiet)
	case content.KindHistory:
		return f.noteGiven(ctx, o, quiet)
	case content.KindInvite:
		if err := f.noteInvite(ctx, o, r); err != nil {
			return err
		}
		return f.put(ctx, quiet)
	default:
		r.kind, r.id, r.content = recordMessage, o.id, o.msg.Bytes()
		if overAt != 0 {
			setExpiry(f.b, f.c.id, r.seq, overAt)
		}
		f.c.st.ActivityMS = max(f.c.st.ActivityMS, r.atMS)
		if err := f.put(ctx, r); err != nil {
			return err
		}
		return f.noteText(ctx, r, &o.view)
	}
	if m.target == 0 {
		m.target = targetHint(o.msg)
	}
	if m.target == 0 {
		seq, ok, err := f.e.seqOf(ctx, f.c, m.id)
		if err != nil {
			return err
		}
		if ok {
			m.target = seq
		}
	}
	if err := f.mark(ctx, m); err != nil {
		return err
	}
	return f.put(ctx, quiet)
}

// silence takes back what an entry was taken for, before an earlier one with the
// same message id was met. Its mark, if it made one, gives way in mark.
func (f *fold) silence(ctx context.Context, seq uint64) error {
	n, at := pageOf(seq)
	p, err := f.folded(ctx, n)
	if err != nil || p.page[at] == nil {
		return err
	}
	if p.page[at].kind == recordMessage && !p.isFresh(at) {
		f.scrub(p.page[at], false)
	}
	p.page[at] = &record{seq: seq, link: p.page[at].link}
	p.forget(at)
	return nil
}
