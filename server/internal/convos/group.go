package convos

import (
	"errors"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/server/store"
)

// followed is a conversation's current MLS group, followed by its commits. It is
// never changed.
type followed struct {
	pos   *convo.Position
	group *mls.PublicGroup
	size  int
}

// current returns the group of a conversation, from memory if what is there is
// of the conversation's epoch. It is called with views only: what a transaction
// sees may yet fail to reach the disk, and must not be remembered.
func (s *Service) current(v store.ConversationView, c *store.Conversation) (*followed, error) {
	if f, ok := s.groups.Get(c.ID); ok && f.pos.Generation == c.Generation && f.pos.Epoch == c.Epoch {
		return f, nil
	}
	g, err := v.Group()
	if err != nil {
		return nil, err
	}
	f, err := load(c.ID, &g)
	if err != nil {
		return nil, err
	}
	s.groups.Put(c.ID, f, f.size)
	return f, nil
}

// load makes a group of what save made.
func load(id convo.ID, g *store.Group) (*followed, error) {
	group, err := mls.LoadPublicGroup(g.State)
	if err != nil {
		return nil, err
	}
	p := &convo.Position{ID: id, Generation: g.Generation, Epoch: g.Epoch, Seq: g.Seq, Context: group.Context()}
	if p.Record, err = convo.ParseRecord(g.Record, nil); err != nil {
		return nil, err
	}
	if p.State, err = p.Record.State(); err != nil {
		return nil, err
	}
	if p.Table, err = account.ParseHeadTable(g.HeadTable); err != nil {
		return nil, err
	}
	return &followed{pos: p, group: group, size: footprint(g)}, nil
}

// save is what the store keeps of a group after a commit.
func save(f *followed, groupInfo []byte) (store.Group, error) {
	state, err := f.group.MarshalBinary()
	if err != nil {
		return store.Group{}, err
	}
	g := store.Group{
		Generation: f.pos.Generation, Epoch: f.pos.Epoch, Seq: f.pos.Seq, State: state, GroupInfo: groupInfo,
		HeadTable: f.pos.Table.Marshal(), Record: f.pos.Record.AppendChange(nil, nil),
	}
	f.size = footprint(&g)
	return g, nil
}

// footprint is about what a followed group takes in memory: its parts are spread
// over many small objects.
func footprint(g *store.Group) int { return 4 * (len(g.State) + len(g.Record) + len(g.HeadTable)) }

// leaves are the devices in a group.
func leaves(g *mls.PublicGroup) (map[store.Device]bool, error) {
	out := make(map[store.Device]bool)
	for _, n := range g.Members() {
		l, _, err := convo.LeafOf(n)
		if err != nil {
			return nil, err
		}
		out[store.Device{Account: l.Account, Device: l.Device}] = true
	}
	return out, nil
}

// errMissingChain passes through JudgeCommit when a head table names a head that
// the server lacks.
var errMissingChain = errors.New("convos: chain head not here")
