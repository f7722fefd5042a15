package client

import (
	"bytes"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/media"
	"github.com/coffer-chat/coffer/mls/syntax"
)

const importVersion = 1

// importPayload is the body of a payload of kind payloadImport: runs of
// messages, each of one thread (spec/private-payloads.md).
type importPayload struct {
	source string // SourceMessenger
	runs   []importRun
}

// importRun is a run of one thread's messages, oldest first, with what is known
// of the thread.
type importRun struct {
	thread       string // its name in the source
	title        string
	kind         convo.Kind
	owner        string   // the account's own name in the source
	participants []string // nil: not said again
	messages     []importedMessage
}

// importedMessage is a message from another service.
type importedMessage struct {
	id        content.MessageID
	timeMS    uint64
	unsent    bool
	sender    string
	text      string
	reactions []importedReaction
	files     []content.Attachment
}

type importedReaction struct{ actor, emoji string }

// importedThreadID names the conversation that a thread becomes. Every device of
// the account gives it the same name.
func importedThreadID(id account.ID, source, thread string) convo.ID {
	b := syntax.AppendString(append([]byte(nil), id[:]...), source)
	return convo.ID(account.HashWithLabel("imported conversation", syntax.AppendString(b, thread)))
}

// importedMessageID widens the id that a source's reader gives a message.
func importedMessageID(source string, id [32]byte) content.MessageID {
	h := account.HashWithLabel("imported message", append(syntax.AppendString(nil, source), id[:]...))
	h[0] = messageIDHash
	return content.MessageID(h)
}

// messageIDHash is the first byte of every message id: SHA-256.
const messageIDHash = 1

func (p *importPayload) bytes() []byte {
	b := syntax.AppendUint16(nil, importVersion)
	b = syntax.AppendString(b, p.source)
	return syntax.AppendVector(b, func(b []byte) []byte {
		for i := range p.runs {
			b = p.runs[i].append(b)
		}
		return b
	})
}

func (r *importRun) append(b []byte) []byte {
	b = syntax.AppendString(b, r.thread)
	b = syntax.AppendString(b, r.title)
	b = syntax.AppendUint8(b, uint8(r.kind))
	b = syntax.AppendString(b, r.owner)
	b = appendStrings(b, r.participants)
	return syntax.AppendVector(b, func(b []byte) []byte {
		for i := range r.messages {
			b = r.messages[i].append(b)
		}
		return b
	})
}

func (m *importedMessage) append(b []byte) []byte {
	b = append(b, m.id[:]...)
	b = syntax.AppendUint64(b, m.timeMS)
	b = syntax.AppendBool(b, m.unsent)
	b = syntax.AppendString(b, m.sender)
	b = syntax.AppendString(b, m.text)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, x := range m.reactions {
			b = syntax.AppendString(syntax.AppendString(b, x.actor), x.emoji)
		}
		return b
	})
	return syntax.AppendVector(b, func(b []byte) []byte {
		for i := range m.files {
			b = appendImportedFile(b, &m.files[i])
		}
		return b
	})
}

func appendImportedFile(b []byte, a *content.Attachment) []byte {
	b = syntax.AppendString(b, a.URL)
	b = append(b, a.File.Key.Bytes()...)
	b = syntax.AppendUint64(b, uint64(a.File.Size))
	b = append(b, a.File.Root[:]...)
	b = append(b, a.File.Digest[:]...)
	b = syntax.AppendString(b, a.MediaType)
	b = syntax.AppendString(b, a.Name)
	b = syntax.AppendBool(b, a.Preview != nil)
	if a.Preview == nil {
		return b
	}
	return syntax.AppendOpaque(syntax.AppendString(b, a.Preview.MediaType), a.Preview.Data)
}

func appendStrings(b []byte, list []string) []byte {
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, s := range list {
			b = syntax.AppendString(b, s)
		}
		return b
	})
}

// parseImport reads a payload's body. known is false for a later version's.
func parseImport(body []byte) (p *importPayload, known bool, err error) {
	r := syntax.NewReader(body)
	if version := r.Uint16(); r.Err() == nil && version != importVersion {
		return nil, false, nil
	}
	p = &importPayload{source: r.String()}
	p.runs = syntax.List(r, readImportRun)
	if r.Err() == nil && p.source == "" {
		r.Fail(syntax.ErrInvalidValue)
	}
	return p, true, r.Done()
}

func readImportRun(r *syntax.Reader) importRun {
	x := importRun{thread: r.String(), title: r.String(), kind: convo.Kind(r.Uint8()), owner: r.String()}
	x.participants = readStrings(r)
	x.messages = syntax.List(r, readImportedMessage)
	if r.Err() == nil && (x.thread == "" && !r.Counting() || x.kind != convo.Direct && x.kind != convo.Group) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return x
}

func readImportedMessage(r *syntax.Reader) importedMessage {
	var m importedMessage
	r.Copy(m.id[:])
	m.timeMS = r.Uint64()
	m.unsent = r.Bool()
	m.sender, m.text = r.String(), r.String()
	m.reactions = syntax.List(r, func(r *syntax.Reader) importedReaction {
		actor := r.String()
		return importedReaction{actor, r.String()}
	})
	m.files = syntax.List(r, readImportedFile)
	if r.Err() == nil && (m.id[0] != messageIDHash || m.timeMS > maxImportedMS) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return m
}

// maxImportedMS is the end of the year 9999.
const maxImportedMS = 253402300799999

func readImportedFile(r *syntax.Reader) content.Attachment {
	a := content.Attachment{URL: r.String()}
	key := r.Fixed(media.KeySize)
	size := r.Uint64()
	r.Copy(a.File.Root[:])
	r.Copy(a.File.Digest[:])
	a.MediaType, a.Name = r.String(), r.String()
	if r.Bool() {
		kind, data := r.String(), r.Opaque()
		if r.Charge(len(data)) && !r.Counting() {
			a.Preview = &content.Preview{MediaType: kind, Data: bytes.Clone(data)}
		}
		a.Inline = true
	}
	if r.Err() != nil || r.Counting() {
		return a
	}
	var err error
	if a.File.Key, err = media.KeyFromBytes(key); err != nil || size > media.MaxSize || a.Name != attachmentName(a.Name) {
		r.Fail(syntax.ErrInvalidValue)
	}
	a.File.Size = int64(min(size, media.MaxSize))
	return a
}

func readStrings(r *syntax.Reader) []string {
	return syntax.List(r, (*syntax.Reader).String)
}
