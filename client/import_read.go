package client

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
)

// importedThreads returns the imported conversations.
func (e *Engine) importedThreads(ctx context.Context) ([]Conversation, error) {
	threads, err := e.allThreads(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Conversation, len(threads))
	for i, t := range threads {
		out[i] = Conversation{
			ID: t.id, Kind: t.kind, Name: t.title, LastActivity: time.UnixMilli(int64(t.newestMS)).UTC(),
			Messages: int64(t.count - t.hidden), HeadSeq: t.count, Imported: true,
		}
		for _, name := range t.participants {
			p := Participant{Handle: name, Role: convo.Member}
			if name == t.owner {
				p.Account = e.self.id
			}
			out[i].Participants = append(out[i].Participants, p)
		}
	}
	return out, nil
}

// importedCount counts imported conversations and the messages in them.
func (e *Engine) importedCount(ctx context.Context) (threads, messages int, err error) {
	list, err := e.allThreads(ctx)
	for _, t := range list {
		messages += int(t.count - t.hidden)
	}
	return len(list), messages, err
}

// importedNumber is a thread's number in the search index.
func (e *Engine) importedNumber(ctx context.Context, id convo.ID) (uint32, error) {
	t, err := e.importedThread(ctx, id)
	if err == nil && t == nil {
		err = fault.Usage("there is no such conversation")
	}
	if err != nil {
		return 0, err
	}
	return t.number, nil
}

// importedHistory returns messages of an imported conversation, oldest first. A
// message's seq is its ordinal there, from 1.
func (e *Engine) importedHistory(ctx context.Context, id convo.ID, p Page) ([]Message, error) {
	t, err := e.importedThread(ctx, id)
	if err != nil || t == nil || t.count == 0 {
		return nil, err
	}
	if t.unsorted {
		return e.sortedHistory(ctx, t, p)
	}
	last := t.count
	if p.Before > 0 {
		last = min(last, p.Before-1)
	}
	return e.runOf(ctx, t, last, p.Limit)
}

// runOf returns up to limit messages that end with ordinal last.
func (e *Engine) runOf(ctx context.Context, t *thread, last uint64, limit int) ([]Message, error) {
	var newest []Message
	for last > 0 {
		n, at := importedPlace(last)
		page, err := t.loadPage(ctx, e, n)
		if err != nil {
			return nil, err
		}
		if at >= len(page) {
			return nil, damaged(nil, "imported messages")
		}
		for ; at >= 0; at-- {
			if m := page[at]; m != nil {
				newest = append(newest, e.importedMessage(t, n*importedPerPage+uint64(at)+1, m))
				if len(newest) == limit {
					slices.Reverse(newest)
					return newest, nil
				}
			}
		}
		last = n * importedPerPage
	}
	slices.Reverse(newest)
	return newest, nil
}

// sortedHistory is importedHistory for threads whose ordinals do not follow
// time: several exports were imported, an older one later.
func (e *Engine) sortedHistory(ctx context.Context, t *thread, p Page) ([]Message, error) {
	all, err := e.runOf(ctx, t, t.count, 0)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b Message) int { return a.Time.Compare(b.Time) })
	if p.Before > 0 {
		if i := slices.IndexFunc(all, func(m Message) bool { return m.Seq == p.Before }); i >= 0 {
			all = all[:i]
		}
	}
	if p.Limit > 0 && len(all) > p.Limit {
		all = all[len(all)-p.Limit:]
	}
	return all, nil
}

// importedAt returns what the search index found.
func (e *Engine) importedAt(ctx context.Context, number uint32, ordinal uint64) (Message, bool, error) {
	v, err := e.get(ctx, tableThreadNumber.Uint64(uint64(number)))
	if err != nil || v == nil {
		return Message{}, false, err
	}
	id, err := convo.IDFromBytes(v)
	if err != nil {
		return Message{}, false, damaged(err, "imported conversation")
	}
	t, err := e.importedThread(ctx, id)
	if err != nil || t == nil {
		return Message{}, false, err
	}
	m, err := e.importedOrdinal(ctx, t, ordinal)
	if err != nil || m == nil {
		return Message{}, false, err
	}
	return e.importedMessage(t, ordinal, m), true, nil
}

// importedOrdinal returns one message, nil for a deleted one.
func (e *Engine) importedOrdinal(ctx context.Context, t *thread, ordinal uint64) (*payload.ImportedMessage, error) {
	if ordinal == 0 || ordinal > t.count {
		return nil, nil
	}
	n, at := importedPlace(ordinal)
	p, err := t.loadPage(ctx, e, n)
	if err != nil || at >= len(p) {
		return nil, err
	}
	return p[at], nil
}

// importedMessages returns the messages whose ids begin with the text.
func (e *Engine) importedMessages(ctx context.Context, prefix string) ([]Message, error) {
	var out []Message
	err := e.eachImported(ctx, prefix, func(t *thread, ordinal uint64, m *payload.ImportedMessage) {
		out = append(out, e.importedMessage(t, ordinal, m))
	})
	return out, err
}

// importedFiles returns the attachments of an imported message.
func (e *Engine) importedFiles(ctx context.Context, id MessageID) ([]content.Attachment, error) {
	var out []content.Attachment
	err := e.eachImported(ctx, id.String(), func(_ *thread, _ uint64, m *payload.ImportedMessage) { out = m.Files })
	return out, err
}

// eachImported calls f with each message whose id begins with the text.
func (e *Engine) eachImported(ctx context.Context, prefix string, f func(*thread, uint64, *payload.ImportedMessage)) error {
	threads, err := e.allThreads(ctx)
	if err != nil {
		return err
	}
	for _, t := range threads {
		var found []uint64
		err := t.eachID(ctx, e, func(id content.MessageID, ordinal uint64) {
			if strings.HasPrefix(id.String(), prefix) {
				found = append(found, ordinal)
			}
		})
		if err != nil {
			return err
		}
		for _, ordinal := range found {
			m, err := e.importedOrdinal(ctx, t, ordinal)
			if err != nil {
				return err
			}
			if m != nil {
				f(t, ordinal, m)
			}
		}
	}
	return nil
}

// payload.ImportedMessage shows a message.
func (e *Engine) importedMessage(t *thread, ordinal uint64, m *payload.ImportedMessage) Message {
	out := Message{
		ID: m.ID, Seq: ordinal, Conversation: t.id, SenderHandle: m.Sender, Time: time.UnixMilli(int64(m.TimeMS)).UTC(),
		State: StateSent, Source: t.source, Unsent: m.Unsent,
	}
	if m.Sender == t.owner {
		out.Sender = e.self.id
	}
	if m.Unsent {
		return out
	}
	out.Text = m.Text
	for _, x := range m.Reactions {
		r := Reaction{Handle: x.Actor, Emoji: x.Emoji}
		if x.Actor == t.owner {
			r.Account = e.self.id
		}
		out.Reactions = append(out.Reactions, r)
	}
	for i := range m.Files {
		a := &m.Files[i]
		out.Attachments = append(out.Attachments, Attachment{Name: a.Name, Size: a.File.Size, MediaType: a.MediaType, SHA256: a.File.Digest})
	}
	return out
}
