package client

import (
	"context"
	"fmt"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// suite is the cipher suite of new conversations, unless Config names another.
const suite = mls.MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519

// The tables of conversations (spec/device-store.md).
var (
	keyConvCount   = store.Table("cn").Uint64(0) // conversations numbered so far
	keyConvCursor  = store.Table("cn").Uint64(1) // newest change taken from the server
	tableConv      = store.Table("cv")           // .ID(conversation): summary and place in the log
	tableList      = store.Table("cl")           // .ID(conversation): participants
	tablePosition  = store.Table("cp")           // .ID(conversation): commits walked
	tableGroup     = store.Table("cg")           // .ID(conversation).Uint64(part): MLS group
	tableSender    = store.Table("cs")           // .ID(conversation): the own ratchet
	tableEpoch     = store.Table("ce")           // .ID(conversation).Uint64(generation).Uint64(epoch)
	tablePending   = store.Table("cq")           // .ID(conversation).Uint64(part): own commit under way
	tablePage      = store.Table("mp")           // .ID(conversation).Uint64(seq/64): log records
	tableIDs       = store.Table("mi")           // .ID(conversation).Uint64(seq/64): message ids
	tableLarge     = store.Table("mx")           // .ID(conversation).Uint64(seq): large content
	tableMarks     = store.Table("an")           // .ID(conversation).Uint64(seq/64): edits, reactions, …
	tableOutbox    = store.Table("ob")           // .Uint64(n): what is still to be sent
	tableSentKey   = store.Table("ok")           // .ID(idempotency key): the message sent under it
	keyOutboxCount = store.Table("oc").Uint64(0)
)

// conversation is one conversation as this device knows it. It is read when it
// is first asked for and dropped when another process has written.
type conversation struct {
	id convo.ID
	st convState
	// pos is where the walk over the commits stands; nil before the first.
	pos *convo.Position
	// moved says that pos or the group is ahead of the store.
	moved bool
	// One of the two is set once pos is: group where this device is a member.
	group  *mls.Group
	public *mls.PublicGroup
	// joining is a group that a Welcome gave, until the walk reaches its epoch.
	joining *mls.Group
	// usedKeyPackage is the key package that it used up.
	usedKeyPackage []byte
	// staged is an own commit that is being posted.
	staged *mls.StagedCommit
	// offered is up to which entry of the own chain this program has tried to add
	// the account's other devices.
	offered uint64
	// renewed says that this program has renewed the keys because of their age.
	renewed bool
	// unwalked are epochs of which the store has nothing: the one after the newest
	// is asked for with every message. What is in epochs counts before it.
	unwalked map[epochID]bool
	// nonePending says that the store holds no own commit under way: a walk over
	// many commits looks once.
	nonePending bool
	// failed says that this device was a member and could not process the commit
	// that is being walked.
	failed bool
	// accused are notices of wrong deposits, until they are in a batch.
	accused []notice

	epochs  map[epochID]*epochRow
	links   map[uint64][32]byte // of entries seen in this session
	ids     map[content.MessageID]uint64
	trust   *trust           // nil: not read
	setting *setting         // nil: not read
	given   *[]*givenHistory // nil: not read
	// answered says that this program has noted that the person has written in it.
	answered bool
	// clearedTo is up to where the account has cleared it; nil: not read.
	clearedTo *uint64
}

// conv returns a conversation that this device knows, or nil.
func (e *Engine) conv(ctx context.Context, id convo.ID) (*conversation, error) {
	if c, ok := e.convs[string(id[:])]; ok {
		return c, nil
	}
	v, err := e.get(ctx, tableConv.ID(id[:]))
	if err != nil || v == nil {
		return nil, err
	}
	c := newConversation(id)
	if c.st, err = parseConvState(v); err != nil {
		return nil, damaged(err, "conversation")
	}
	if c.st.Participants, err = e.loadList(ctx, id); err != nil {
		return nil, err
	}
	e.convs[string(id[:])] = c
	return c, nil
}

// loadList reads a conversation's participants; none before its log is known.
func (e *Engine) loadList(ctx context.Context, id convo.ID) (convo.Participants, error) {
	v, err := e.get(ctx, tableList.ID(id[:]))
	if err != nil || v == nil {
		return nil, err
	}
	p, err := convo.ParseParticipants(v)
	if err != nil {
		return nil, damaged(err, "participants")
	}
	return p, nil
}

func newConversation(id convo.ID) *conversation {
	return &conversation{id: id, st: convState{ID: id}, epochs: map[epochID]*epochRow{}, links: map[uint64][32]byte{}}
}

// newConv begins to know a conversation and gives it a number. kind and peer are
// given where they are known before the log is: of one that begins here.
func (e *Engine) newConv(ctx context.Context, id convo.ID, kind convo.Kind, peer account.ID) (*conversation, error) {
	var b store.Batch
	n, err := e.nextConvNumber(ctx, &b)
	if err != nil {
		return nil, err
	}
	c := newConversation(id)
	c.st.Number, c.st.Kind, c.st.Peer = n, kind, peer
	c.st.Bottom.Seq = 1
	c.save(&b)
	if err := e.applySoon(ctx, &b); err != nil {
		return nil, err
	}
	e.convs[string(id[:])] = c
	return c, nil
}

// nextConvNumber numbers a conversation, or an imported thread, for the search
// index. The batch must be applied, or on its way, before the next call.
func (e *Engine) nextConvNumber(ctx context.Context, b *store.Batch) (uint32, error) {
	v, err := e.get(ctx, keyConvCount)
	if err != nil {
		return 0, err
	}
	n := readUint64(v) + 1
	b.Set(keyConvCount.Bytes(), appendUint64(nil, n))
	return uint32(n), nil
}

// save adds the conversation's summary to a batch.
func (c *conversation) save(b *store.Batch) {
	b.Set(tableConv.ID(c.id[:]).Bytes(), c.st.append(nil))
}

// allConvs returns every conversation of this device.
func (e *Engine) allConvs(ctx context.Context) ([]*conversation, error) {
	// Ids in keys are not legible, so each value holds its conversation's id.
	var out, fresh []*conversation
	err := e.cfg.Store.Scan(ctx, tableConv.Range(), func(_, value []byte) error {
		st, err := parseConvState(value)
		if err != nil {
			return damaged(err, "conversation")
		}
		c, ok := e.convs[string(st.ID[:])]
		if !ok {
			c = newConversation(st.ID)
			c.st = st
			fresh = append(fresh, c)
		}
		out = append(out, c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, c := range fresh {
		if c.st.Participants, err = e.loadList(ctx, c.id); err != nil {
			return nil, err
		}
		e.convs[string(c.id[:])] = c
	}
	return out, nil
}

// erase overwrites the secrets in memory. The conversation is not used after.
func (c *conversation) erase() {
	for _, x := range c.epochs {
		if x.secrets != nil {
			x.secrets.Erase()
		}
	}
	c.epochs = map[epochID]*epochRow{}
}

// room is the conversation's URI, as messages name it.
func (e *Engine) room(id convo.ID) (content.URI, error) {
	u, err := content.RoomURI(string(e.self.host), id.String())
	if err != nil {
		return "", fault.Failed(err, "the conversation cannot be named")
	}
	return u, nil
}

// user is an account's URI, as messages name it.
func (e *Engine) user(id account.ID) (content.URI, error) {
	u, err := content.UserURI(string(e.self.host), id.String())
	if err != nil {
		return "", fault.Failed(err, "the account cannot be named")
	}
	return u, nil
}

func damaged(err error, what string) error {
	return fault.Failed(err, "the device's store is damaged: %s", what)
}

// String names the conversation by its id only.
func (c *conversation) String() string { return fmt.Sprintf("conversation %s", c.id) }
