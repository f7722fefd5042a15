package client

import (
	"context"
	"strings"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
)

// place is a message that was found by its id.
type place struct {
	conversation convo.ID
	c            *conversation // nil: of an imported history
	imported     *Message
	seq          uint64
	id           content.MessageID
}

// minMessagePrefix is the least of a message id that may stand for it.
const minMessagePrefix = 4

// FindMessage returns the message whose id begins with the text.
func (e *Engine) FindMessage(ctx context.Context, id string) (Message, error) {
	var m Message
	err := e.withAccount(ctx, func() error {
		at, err := e.findMessage(ctx, id)
		if err != nil {
			return err
		}
		if at.imported != nil {
			m = *at.imported
			return nil
		}
		var ok bool
		if m, ok, err = e.messageAt(ctx, at.c, at.seq); err == nil && !ok {
			err = fault.Usage("there is no message %s here any more", id)
		}
		return err
	})
	return m, err
}

func (e *Engine) findMessage(ctx context.Context, text string) (*place, error) {
	text = strings.ToLower(text)
	if len(text) < minMessagePrefix {
		return nil, fault.Usage("a message id may be shortened to %d characters at the least", minMessagePrefix)
	}
	list, err := e.allConvs(ctx)
	if err != nil {
		return nil, err
	}
	var found []*place
	for _, c := range list {
		err := e.eachID(ctx, c, func(id content.MessageID, seq uint64, shown bool) {
			if shown && strings.HasPrefix(id.String(), text) {
				found = append(found, &place{conversation: c.id, c: c, seq: seq, id: id})
			}
		})
		if err != nil {
			return nil, err
		}
	}
	imported, err := e.importedMessages(ctx, text)
	if err != nil {
		return nil, err
	}
	for i := range imported {
		m := &imported[i]
		found = append(found, &place{conversation: m.Conversation, imported: m, seq: m.Seq, id: m.ID})
	}
	switch len(found) {
	case 0:
		return nil, e.notFound(ctx, text)
	case 1:
		return found[0], nil
	}
	choices := make([]string, len(found))
	for i, f := range found {
		choices[i] = f.id.String()
	}
	return nil, &fault.Error{Kind: fault.KindUsage, Message: "this could be several messages; give more of the id", Choices: choices}
}

// notFound says why a message id names nothing that can be acted on.
func (e *Engine) notFound(ctx context.Context, text string) error {
	waiting, err := e.outbox(ctx, nil)
	if err != nil {
		return err
	}
	for _, q := range waiting {
		if strings.HasPrefix(q.id.String(), text) {
			return &fault.Error{Kind: fault.KindUnreachable, Message: "this message has not been sent yet; run sync first"}
		}
	}
	return fault.Usage("there is no message %s here; coffer history --json shows ids", text)
}

// shownRecord returns the record of a place and what its marks make of it.
func (e *Engine) shownRecord(ctx context.Context, at *place) (*record, effect, error) {
	n, i := pageOf(at.seq)
	p, err := e.loadPage(ctx, at.c, n)
	if err != nil {
		return nil, effect{}, err
	}
	marks, err := e.loadMarks(ctx, at.c, n)
	if err != nil {
		return nil, effect{}, err
	}
	floating, err := e.loadMarks(ctx, at.c, floatingMarks)
	if err != nil {
		return nil, effect{}, err
	}
	r := p[i]
	if r == nil || r.kind != recordMessage {
		return nil, effect{}, fault.Usage("this is no message that can be changed")
	}
	return r, effectOf(r, append(marks, floating...)), nil
}

// ParseMessageID reads a whole message id.
func ParseMessageID(s string) (MessageID, error) {
	id, err := content.ParseMessageID(s)
	if err != nil {
		return id, fault.Usage("%q is no message id", s)
	}
	return id, nil
}
