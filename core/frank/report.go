package frank

import (
	"fmt"

	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	// MaxOpenings is how many messages a report holds at most.
	MaxOpenings = 30
	// MaxReason is the size of a report's reason in bytes.
	MaxReason = 4096

	reportVersion = 1
)

// Opening shows one message to a moderator: the whole message, its salt within
// it, and what the server said when it accepted it.
type Opening struct {
	// Content is the application data, an encoded MIMI message.
	Content []byte
	Context Context
	Frank   Frank
}

// Report is a recipient's report: the messages complained about and their
// context, in the order of the log, and why.
type Report struct {
	Reason   string
	Openings []Opening
}

// Append appends the report's encoding (spec/frank.md).
func (p Report) Append(b []byte) []byte {
	b = syntax.AppendUint16(b, reportVersion)
	b = syntax.AppendString(b, p.Reason)
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, o := range p.Openings {
			b = syntax.AppendOpaque(b, o.Content)
			b = o.Context.Append(b)
			b = o.Frank.Append(b)
		}
		return b
	})
}

// ParseReport parses a report. What is in it is not verified: see HubKey.Review.
// Its openings share memory with data.
func ParseReport(data []byte) (Report, error) {
	r := syntax.NewReader(data)
	if r.Uint16() != reportVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	p := Report{Reason: r.String()}
	if len(p.Reason) > MaxReason {
		r.Fail(ErrLimit)
	}
	p.Openings = syntax.List(r, func(r *syntax.Reader) Opening {
		o := Opening{Content: r.Opaque(), Context: ReadContext(r), Frank: ReadFrank(r)}
		if len(o.Content) > content.MaxSize {
			r.Fail(ErrLimit)
		}
		return o
	})
	if len(p.Openings) > MaxOpenings {
		r.Fail(ErrLimit)
	}
	if err := r.Done(); err != nil {
		return Report{}, fmt.Errorf("%w: report: %w", ErrMalformed, err)
	}
	if len(p.Openings) == 0 {
		return Report{}, fmt.Errorf("%w: report without messages", ErrMalformed)
	}
	return p, nil
}

// Reviewed is the verdict on one opening.
type Reviewed struct {
	// Message is what was sent; nil if Err is set, so that nothing unverified can
	// be shown.
	Message *content.Message
	ID      content.MessageID
	Context Context
	// Err is nil if the sender sent this message to this room at this time.
	Err error
}

// Review verifies each message of a report, in order: the frank under this key,
// with the tag recomputed from the content, and the sender and room that the
// message itself names. A server that changed its key tries each.
func (k HubKey) Review(p Report) []Reviewed {
	out := make([]Reviewed, len(p.Openings))
	for i, o := range p.Openings {
		out[i] = k.review(o)
	}
	return out
}

func (k HubKey) review(o Opening) Reviewed {
	m, id, err := content.Open(o.Content, o.Context.Sender, o.Context.Room)
	if err != nil {
		return Reviewed{Err: err}
	}
	if err := k.Check(o.Frank, NewTag(m), o.Context); err != nil {
		return Reviewed{Err: err}
	}
	return Reviewed{Message: m, ID: id, Context: o.Context}
}
