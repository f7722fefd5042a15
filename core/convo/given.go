package convo

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// MaxGiven is of how many MLS epochs one message gives the history.
const MaxGiven = 2000

// ErrGiven means that a text gives no history.
var ErrGiven = errors.New("convo: malformed history")

// GivenEpoch is what it takes to open the messages of an MLS epoch, as an admin
// gives it to newcomers (spec/newcomer.md). It is not enough to take part in it.
type GivenEpoch struct {
	Generation       uint32
	Epoch            uint64
	EncryptionSecret []byte
	SenderDataSecret []byte
}

// Format hides the secrets, whatever the verb.
func (g GivenEpoch) Format(f fmt.State, _ rune) { io.WriteString(f, "convo.GivenEpoch(redacted)") }

// EncodeGiven returns what a message gives.
func EncodeGiven(list []GivenEpoch) []byte {
	b := syntax.AppendUint16(nil, givenVersion)
	for _, g := range list {
		b = syntax.AppendUint64(syntax.AppendUint32(b, g.Generation), g.Epoch)
		b = syntax.AppendOpaque(syntax.AppendOpaque(b, g.EncryptionSecret), g.SenderDataSecret)
	}
	return b
}

const givenVersion = 1

// ParseGiven reads what EncodeGiven wrote: epochs in ascending order, each once.
func ParseGiven(b []byte) ([]GivenEpoch, error) {
	r := syntax.NewReader(b)
	if v := r.Uint16(); r.Err() == nil && v != givenVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	var out []GivenEpoch
	for r.More() {
		g := GivenEpoch{Generation: r.Uint32(), Epoch: r.Uint64()}
		g.EncryptionSecret, g.SenderDataSecret = bytes.Clone(r.Opaque()), bytes.Clone(r.Opaque())
		if n := len(out); n == MaxGiven || n > 0 && !out[n-1].before(&g) {
			r.Fail(syntax.ErrInvalidValue)
		}
		if r.Err() != nil {
			break
		}
		out = append(out, g)
	}
	if err := r.Done(); err != nil || len(out) == 0 {
		return nil, ErrGiven
	}
	return out, nil
}

func (g *GivenEpoch) before(h *GivenEpoch) bool {
	return g.Generation < h.Generation || g.Generation == h.Generation && g.Epoch < h.Epoch
}
