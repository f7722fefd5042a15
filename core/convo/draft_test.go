package convo

import (
	"errors"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
)

// draft says what commit to make. What is not set is right; the hooks make it
// wrong.
type draft struct {
	by       string   // device
	add      []string // devices
	remove   []string // devices
	external bool     // join by external commit
	noPath   bool

	after     Participants      // nil: unchanged
	list      Participants      // what the record says; nil: after
	facts     *Facts            // nil: unchanged
	extension mls.Extensions    // nil: of after and facts
	table     account.HeadTable // nil: everyone's newest head
	packages  []*mls.KeyPackage // added beside add
	leaf      *mls.LeafParams   // the committer's new leaf
	psks      []mls.PSK         // nil: the join key, where external
	noPSK     bool
	reInit    bool
	private   bool // a PrivateMessage

	header     func(h *CommitHeader)
	record     func(r *Record)
	tbs        func(b *BundleTBS)
	bundle     func(b *Bundle)
	signer     *mls.SignaturePrivateKey
	sender     string // device that the log names
	deposit    func(id account.ID, p *DepositPlace, s *Secrets)
	noDeposits bool
}

// made is a commit with all that its maker and everyone's vault get.
type made struct {
	*LoggedCommit
	draft    draft
	staged   *mls.StagedCommit
	record   *Record
	table    account.HeadTable
	packages map[string]*mls.KeyPackageBundle
	order    []account.ID // of the deposits
	sealed   map[account.ID][]byte
	leaves   [][32]byte
}

func (r *room) make(d draft) *made {
	r.t.Helper()
	m := &made{draft: d, packages: map[string]*mls.KeyPackageBundle{}, sealed: map[account.ID][]byte{}}
	after, facts := r.pos.State.Participants, r.pos.State.Facts
	if d.after != nil {
		after = d.after
	}
	if d.facts != nil {
		facts = d.facts
	}
	if m.table = d.table; m.table == nil {
		m.table = r.world.table(after)
	}
	h := &CommitHeader{Log: LogHead{Seq: r.seq}, HeadTable: m.table.Hash(), Idempotency: [16]byte{byte(r.seq)}}
	if d.header != nil {
		d.header(h)
	}
	var remove []mls.LeafIndex
	for _, name := range d.remove {
		remove = append(remove, r.index(name))
	}
	var key mls.SignaturePrivateKey
	var err error
	if d.external {
		m.staged, key, err = r.external(&d, h, remove)
	} else {
		o := mls.CommitOptions{ForcePath: !d.noPath, AuthenticatedData: h.Append(nil), Remove: remove, Add: d.packages, PSKs: d.psks, Leaf: d.leaf, WelcomeTree: true}
		if d.after != nil || d.facts != nil {
			o.Extensions = (&State{facts, after}).Extensions()
		}
		if d.extension != nil {
			o.Extensions = d.extension
		}
		for _, name := range d.add {
			b := r.keyPackage(r.world.leaf(name))
			m.packages[name] = b
			o.Add = append(o.Add, b.KeyPackage)
		}
		if d.reInit {
			o.ReInit, o.ForcePath = &mls.ReInit{GroupID: []byte("next"), Version: mls.MLS10, CipherSuite: testSuite}, false
		}
		if d.private {
			o.WireFormat = mls.WirePrivateMessage
		}
		g := r.members[d.by]
		key = g.SignatureKey()
		m.staged, err = g.Commit(r.rand, o)
	}
	r.check(err)
	r.bundle(m, &d, key)
	return m
}

func (r *room) external(d *draft, h *CommitHeader, remove []mls.LeafIndex) (*mls.StagedCommit, mls.SignaturePrivateKey, error) {
	leaf := d.leaf
	if leaf == nil {
		l := r.world.leaf(d.by)
		leaf = &l
	}
	o := mls.ExternalOptions{Tree: r.public.Tree(), Leaf: *leaf, PSKs: d.psks, AuthenticatedData: h.Append(nil), KeepHistory: true}
	if d.psks == nil && !d.noPSK {
		o.PSKs = []mls.PSK{mls.ExternalPSK(JoinKeyID(r.pos.ID, r.pos.Generation, r.pos.Epoch), r.joinKey())}
	}
	if len(remove) > 0 {
		o.Remove = &remove[0]
	}
	staged, err := mls.JoinExternal(r.rand, r.info, o)
	return staged, leaf.SignatureKey, err
}

func (r *room) joinKey() mls.Secret {
	for _, g := range r.members {
		return must[mls.Secret](r.t)(g.Export(ExportJoinKey, nil, JoinKeySize))
	}
	return nil
}

// findPSK hands a member the join key.
func (r *room) findPSK(g *mls.Group) mls.PSKSource {
	return func(id mls.PreSharedKeyID) (mls.Secret, bool) {
		k, err := g.Export(ExportJoinKey, nil, JoinKeySize)
		return k, err == nil && string(id.ID) == string(JoinKeyID(r.pos.ID, r.pos.Generation, r.pos.Epoch))
	}
}

// bundle makes what comes with a commit.
func (r *room) bundle(m *made, d *draft, key mls.SignaturePrivateKey) {
	r.t.Helper()
	next := m.staged.Group()
	pub := must[mls.HPKEPublicKey](r.t)(next.ExternalPub())
	list := r.pos.State.Participants
	if d.after != nil {
		list = d.after
	}
	if d.list != nil {
		list = d.list
	}
	record, err := RecordOf(r.pos.Generation, next.Context(), list, pub, next.LeafCount(), next.Members())
	if err != nil { // a leaf that is nobody's: never to be walked
		record = &Record{Generation: r.pos.Generation, Epoch: next.Epoch(), GroupContext: next.ContextBytes(), ExternalPub: pub, Participants: list}
	}
	m.record = record
	if d.record != nil {
		d.record(record)
	}
	if !d.noDeposits {
		r.deposit(m, d)
	}
	tbs := BundleTBS{
		Conversation: r.pos.ID, Generation: r.pos.Generation, Epoch: next.Epoch(), Commit: HashPart(m.staged.Message),
		Record: record.Hash(), HeadTable: m.table.Hash(), DepositRoot: DepositRoot(m.leaves), DepositCount: uint32(len(m.leaves)),
	}
	if d.tbs != nil {
		d.tbs(&tbs)
	}
	if d.signer != nil {
		key = *d.signer
	}
	b := &Bundle{
		Table: m.table.Since(r.pos.Table).Marshal(), Record: record.AppendChange(nil, r.pos.Record), DepositRoot: DepositRoot(m.leaves), DepositCount: uint32(len(m.leaves)),
		Signature: must[[]byte](r.t)(testSuite.SignWithLabel(r.rand, key, BundleLabel, tbs.Bytes())),
	}
	if d.bundle != nil {
		d.bundle(b)
	}
	by := r.devices[d.by]
	if d.sender != "" {
		by = r.devices[d.sender]
	}
	m.LoggedCommit = &LoggedCommit{
		Seq: r.seq + 1, Sender: Sender{by.of.id(), by.secret.ID()}, Message: m.staged.Message, Bundle: b, Left: r.left,
	}
}

func (r *room) deposit(m *made, d *draft) {
	r.t.Helper()
	next := m.staged.Group()
	for _, e := range m.table {
		chain, err := r.chains(e.Account, e.Head)
		r.check(err)
		v, ok := chain.VaultEpoch(e.VaultEpoch)
		if !ok || !chain.VaultOnAt(e.Head.Seq) {
			continue
		}
		s := must[*Secrets](r.t)(SecretsOf(next, m.record))
		place := &DepositPlace{
			Conversation: r.pos.ID, Generation: r.pos.Generation, Epoch: next.Epoch(), Commit: HashPart(m.staged.Message),
			Account: e.Account, VaultEpoch: e.VaultEpoch,
		}
		if d.deposit != nil {
			d.deposit(e.Account, place, s)
		}
		sealed := must[[]byte](r.t)(DepositFor(next, v.KEM, place, s))
		m.order, m.sealed[e.Account] = append(m.order, e.Account), sealed
		m.leaves = append(m.leaves, DepositLeaf(e.Account, e.VaultEpoch, sealed))
	}
}

// given is an account's own deposit as a server hands it out.
func (m *made) given(id account.ID) *GivenDeposit {
	for i, a := range m.order {
		if a == id {
			e, _ := m.table.Find(id)
			return &GivenDeposit{e.VaultEpoch, m.sealed[id], i, DepositProof(m.leaves, i)}
		}
	}
	return nil
}

// walk is what a reader without secrets says of a commit, and what each member
// says, who must agree.
func (r *room) walk(c *LoggedCommit) (*Position, error) {
	pos, _, err := r.pos.Walk(r.public, c, r.chains)
	return pos, err
}

// take lets everyone follow a commit that must be right.
func (r *room) take(m *made) {
	r.t.Helper()
	pos, public, err := r.pos.Walk(r.public, m.LoggedCommit, r.chains)
	r.check(err)
	for name, g := range r.members {
		staged := m.staged
		if name != m.draft.by || m.draft.external {
			staged, err = g.Process(m.Message, mls.ProcessOptions{PSK: r.findPSK(g)})
			r.check(err)
		}
		if staged.SelfRemoved() {
			delete(r.members, name)
			continue
		}
		own, err := r.pos.WalkMember(g, staged, m.LoggedCommit, r.chains)
		r.check(err)
		if own.Record.Hash() != pos.Record.Hash() || own.Seq != pos.Seq {
			r.t.Fatal("a member and a reader walk to different places")
		}
		r.members[name] = staged.Group()
	}
	if m.draft.external {
		r.members[m.draft.by] = m.staged.Group()
	}
	for name, b := range m.packages {
		r.members[name] = must[*mls.Group](r.t)(mls.JoinWelcome(m.staged.Welcome, b, mls.JoinOptions{KeepHistory: true}))
	}
	r.pos, r.public, r.info, r.seq = pos, public, m.staged.GroupInfo, m.Seq
	r.walked = append(r.walked, m)
}

// refused wants a commit refused with one error by every judge.
func (r *room) refused(c *LoggedCommit, want error) {
	r.t.Helper()
	if _, err := r.walk(c); !errors.Is(err, want) {
		r.t.Errorf("got %v, want %v", err, want)
	}
}
