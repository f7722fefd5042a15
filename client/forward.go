package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/content"
)

// keyForwarded is a private extension of messages: they say again what another
// one said, and their files are that one's.
var (
	keyForwarded     = content.TextKey("coffer.forwarded")
	keyForwardedText = []byte("coffer.forwarded")
)

// cborTrue is true in CBOR (RFC 8949, section 3.3).
const cborTrue = 0xf5

func forwarded() content.Extensions {
	return content.Extensions{{Key: keyForwarded, Value: []byte{cborTrue}}}
}

func isForward(m *content.Message) bool {
	v := m.Fields().Other.Get(keyForwarded)
	return len(v) == 1 && v[0] == cborTrue
}

// Forward sends a message's text and files to another conversation, without
// uploading the files again: they stay the first message's, and go with it when
// it is unsent; when it is deleted otherwise, they stay for the forward. Who said it
// first is not told.
func (e *Engine) Forward(ctx context.Context, id, to string) (Message, error) {
	var t content.Text
	err := e.withAccount(ctx, func() error {
		at, err := e.findMessage(ctx, id)
		if err != nil {
			return err
		}
		t, err = e.forwardable(ctx, at)
		return err
	})
	if err != nil {
		return Message{}, err
	}
	return e.Send(ctx, to, Outgoing{forward: &t})
}

// forwardable is what can be forwarded of a message.
func (e *Engine) forwardable(ctx context.Context, at *place) (content.Text, error) {
	if at.imported != nil {
		files, err := e.importedFiles(ctx, at.id)
		return content.Text{Text: at.imported.Text, Attachments: files}, err
	}
	r, now, err := e.shownRecord(ctx, at)
	if err != nil {
		return content.Text{}, err
	}
	if now.hidden || now.unsent {
		return content.Text{}, fault.Usage("this message was deleted")
	}
	raw := now.content
	if raw == nil {
		if raw, err = e.contentOf(ctx, at.c, r); err != nil {
			return content.Text{}, err
		}
	}
	m, err := content.Parse(raw)
	if err != nil {
		return content.Text{}, damaged(err, "message")
	}
	v := m.View()
	if !v.Expires.IsZero() {
		return content.Text{}, fault.Usage("this message is to disappear; it cannot be forwarded")
	}
	return content.Text{Text: asLabelled(&v), Attachments: v.Attachments}, nil
}
