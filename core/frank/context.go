package frank

import (
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Context is what the server knows of a message when it accepts it: the
// ServerFrankingContext structure.
type Context struct {
	Sender, Room content.URI
	// AcceptedMs is in milliseconds since 1970.
	AcceptedMs uint64
}

// Append appends the ServerFrankingContext structure.
func (c Context) Append(b []byte) []byte {
	b = syntax.AppendString(b, string(c.Sender))
	b = syntax.AppendString(b, string(c.Room))
	return syntax.AppendUint64(b, c.AcceptedMs)
}

// ReadContext reads a ServerFrankingContext structure.
func ReadContext(r *syntax.Reader) Context {
	return Context{Sender: readURI(r), Room: readURI(r), AcceptedMs: r.Uint64()}
}

func readURI(r *syntax.Reader) content.URI {
	u := r.String()
	if len(u) > content.MaxURI {
		r.Fail(ErrLimit)
	}
	return content.URI(u)
}
