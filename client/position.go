package client

import (
	"slices"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// appendPosition appends where the walk over the commits stands.
func appendPosition(b []byte, p *convo.Position) []byte {
	b = syntax.AppendUint16(b, epochVersion)
	b = syntax.AppendUint64(b, p.Seq)
	b = syntax.AppendBool(b, p.Table != nil)
	if p.Table != nil {
		b = syntax.AppendOpaque(b, p.Table.Marshal())
	}
	return syntax.AppendOpaque(b, p.Record.AppendChange(nil, nil))
}

// parsePosition reads what appendPosition wrote.
func parsePosition(id convo.ID, v []byte) (*convo.Position, error) {
	r := syntax.NewReader(v)
	if version := r.Uint16(); r.Err() == nil && version != epochVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	p := &convo.Position{ID: id, Seq: r.Uint64()}
	var table []byte
	if r.Bool() {
		table = r.Opaque()
	}
	change := r.Opaque()
	if err := r.Done(); err != nil {
		return nil, err
	}
	var err error
	if table != nil {
		if p.Table, err = account.ParseHeadTable(table); err != nil {
			return nil, err
		}
	}
	if p.Record, err = convo.ParseRecord(change, nil); err != nil {
		return nil, err
	}
	p.Generation, p.Epoch = p.Record.Generation, p.Record.Epoch
	if p.Context, err = mls.ParseGroupContext(p.Record.GroupContext); err != nil {
		return nil, err
	}
	p.State, err = p.Record.State()
	return p, err
}

// stillIn returns the leaving accounts that are participants.
func (s *convState) stillIn(p convo.Participants) []account.ID {
	var out []account.ID
	for _, id := range s.Leaving {
		if _, in := p.Role(id); in {
			out = append(out, id)
		}
	}
	return out
}

// left is the leaving accounts as package convo takes them.
func (s *convState) left() map[account.ID]bool {
	m := make(map[account.ID]bool, len(s.Leaving))
	for _, id := range s.Leaving {
		m[id] = true
	}
	return m
}

// addLeaving notes that an account has posted a leave entry.
func (s *convState) addLeaving(id account.ID) {
	if !slices.Contains(s.Leaving, id) {
		s.Leaving = append(s.Leaving, id)
	}
}
