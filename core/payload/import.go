package payload

import (
	"bytes"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/media"
	"github.com/coffer-chat/coffer/mls/syntax"
)

const importVersion = 1

// Import is the body of a payload of kind KindImport: runs of
// messages, each of one thread (spec/private-payloads.md).
type Import struct {
	Source string // SourceMessenger
	Runs   []ImportRun
}

// ImportRun is a run of one thread's messages, oldest first, with what is known
// of the thread.
type ImportRun struct {
	Thread       string // its name in the source
	Title        string
	Kind         convo.Kind
	Owner        string   // the account's own name in the source
	Participants []string // nil: not said again
	Messages     []ImportedMessage
}

// ImportedMessage is a message from another service.
type ImportedMessage struct {
	ID        content.MessageID
	TimeMS    uint64
	Unsent    bool
	Sender    string
	Text      string
	Reactions []ImportedReaction
	Files     []content.Attachment
}

// ImportedReaction is who reacted, by name, and with what.
type ImportedReaction struct{ Actor, Emoji string }

// ImportedThreadID names the conversation that a thread becomes. Every device of
// the account gives it the same name.
func ImportedThreadID(id account.ID, source, thread string) convo.ID {
	b := syntax.AppendString(append([]byte(nil), id[:]...), source)
	return convo.ID(account.HashWithLabel("imported conversation", syntax.AppendString(b, thread)))
}

// ImportedMessageID widens the id that a source's reader gives a message.
func ImportedMessageID(source string, id [32]byte) content.MessageID {
	h := account.HashWithLabel("imported message", append(syntax.AppendString(nil, source), id[:]...))
	h[0] = messageIDHash
	return content.MessageID(h)
}

// messageIDHash is the first byte of every message id: SHA-256.
const messageIDHash = 1

// Bytes returns a payload's body.
func (p *Import) Bytes() []byte {
	b := syntax.AppendUint16(nil, importVersion)
	b = syntax.AppendString(b, p.Source)
	return syntax.AppendVector(b, func(b []byte) []byte {
		for i := range p.Runs {
			b = p.Runs[i].Append(b)
		}
		return b
	})
}

// Append appends the encoding to b.
func (r *ImportRun) Append(b []byte) []byte {
	b = syntax.AppendString(b, r.Thread)
	b = syntax.AppendString(b, r.Title)
	b = syntax.AppendUint8(b, uint8(r.Kind))
	b = syntax.AppendString(b, r.Owner)
	b = appendStrings(b, r.Participants)
	return syntax.AppendVector(b, func(b []byte) []byte {
		for i := range r.Messages {
			b = r.Messages[i].Append(b)
		}
		return b
	})
}

// Append appends the encoding to b.
func (m *ImportedMessage) Append(b []byte) []byte {
	b = append(b, m.ID[:]...)
	b = syntax.AppendUint64(b, m.TimeMS)
	b = syntax.AppendBool(b, m.Unsent)
	b = syntax.AppendString(b, m.Sender)
	b = syntax.AppendString(b, m.Text)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, x := range m.Reactions {
			b = syntax.AppendString(syntax.AppendString(b, x.Actor), x.Emoji)
		}
		return b
	})
	return syntax.AppendVector(b, func(b []byte) []byte {
		for i := range m.Files {
			b = appendFile(b, &m.Files[i])
		}
		return b
	})
}

func appendFile(b []byte, a *content.Attachment) []byte {
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

// ParseImport reads a payload's body. known is false for a later version's.
func ParseImport(body []byte) (p *Import, known bool, err error) {
	r := syntax.NewReader(body)
	if version := r.Uint16(); r.Err() == nil && version != importVersion {
		return nil, false, nil
	}
	p = &Import{Source: r.String()}
	p.Runs = syntax.List(r, readRun)
	if r.Err() == nil && p.Source == "" {
		r.Fail(syntax.ErrInvalidValue)
	}
	return p, true, r.Done()
}

func readRun(r *syntax.Reader) ImportRun {
	x := ImportRun{Thread: r.String(), Title: r.String(), Kind: convo.Kind(r.Uint8()), Owner: r.String()}
	x.Participants = syntax.List(r, (*syntax.Reader).String)
	x.Messages = syntax.List(r, ReadImportedMessage)
	if r.Err() == nil && (x.Thread == "" && !r.Counting() || x.Kind != convo.Direct && x.Kind != convo.Group) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return x
}

// ReadImportedMessage reads one from among others.
func ReadImportedMessage(r *syntax.Reader) ImportedMessage {
	var m ImportedMessage
	r.Copy(m.ID[:])
	m.TimeMS = r.Uint64()
	m.Unsent = r.Bool()
	m.Sender, m.Text = r.String(), r.String()
	m.Reactions = syntax.List(r, func(r *syntax.Reader) ImportedReaction {
		actor := r.String()
		return ImportedReaction{actor, r.String()}
	})
	m.Files = syntax.List(r, readFile)
	if r.Err() == nil && (m.ID[0] != messageIDHash || m.TimeMS > LastMS) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return m
}

func readFile(r *syntax.Reader) content.Attachment {
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
	if a.File.Key, err = media.KeyFromBytes(key); err != nil || size > media.MaxSize || a.Name != content.FileName(a.Name) {
		r.Fail(syntax.ErrInvalidValue)
	}
	a.File.Size = int64(min(size, media.MaxSize))
	return a
}
