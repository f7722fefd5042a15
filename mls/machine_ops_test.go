package mls

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// commit lets a member that is up to date commit something; sometimes it loses
// a race, or the commit is lost.
func (m *machine) commit(a *actor) {
	m.Helper()
	var o CommitOptions
	var join []*KeyPackageBundle
	members := maps.Clone(m.newest().members)
	touched := map[string]bool{a.name: true}
	updates := map[string]string{}
	conflict, extended, psk := false, false, false
	careful := m.r.IntN(3) > 0
	for _, p := range m.pool {
		if m.r.IntN(3) == 0 {
			continue
		}
		clash := p.target != "" && touched[p.target] || p.q.Proposal.Type == ProposalGroupContextExtensions && extended
		if clash && careful || p.join != nil && len(members) >= maxActors {
			continue
		}
		conflict = conflict || clash
		o.Queued = append(o.Queued, p.q)
		switch p.q.Proposal.Type {
		case ProposalGroupContextExtensions:
			extended = true
		case ProposalRemove:
			delete(members, p.target)
		case ProposalUpdate:
			updates[p.target] = string(p.q.Ref())
		case ProposalPSK:
			psk = true
		}
		if p.join != nil {
			join = append(join, p.join)
			members[p.name()] = true
		}
		touched[p.target] = p.target != ""
	}
	for range m.r.IntN(3) {
		if len(members) < maxActors {
			kp := m.bundle()
			o.Add, join = append(o.Add, kp.KeyPackage), append(join, kp)
			members[string(kp.KeyPackage.Leaf.Credential.Identity)] = true
		}
	}
	if others := m.members(); m.r.IntN(3) == 0 && len(others) > 3 {
		if out := others[m.r.IntN(len(others))]; !touched[out.name] {
			l := m.leafOf(a.g, out.name)
			o.Remove = append(o.Remove, l)
			delete(members, out.name)
		}
	}
	switch m.r.IntN(5) {
	case 0:
		o.PSKs, psk = []PSK{m.newPSK()}, true
	case 1:
		if !extended {
			o.Extensions = Extensions{}.WithAppData(AppDataDictionary{{0x8001, []byte(m.fresh())}})
		}
	case 2:
		p := m.leaf(a.name)
		o.Leaf = &p
	case 3:
		o.WireFormat = WirePrivateMessage
	}
	o.PSK, o.WelcomeTree = m.findPSK, true
	if conflict {
		m.done["list refused"]++
		m.unchanged(a, "commit of proposals that clash", ErrProposalList, func() error {
			_, err := a.g.Commit(m.rand, o)
			return err
		})
		return
	}
	before := m.snapshot(a)
	staged, err := a.g.Commit(m.rand, o)
	noErr(m, err)
	if o.WireFormat == 0 {
		equal0(m, "state after Commit", m.snapshot(a), before)
	} else {
		m.saveSender(a)
	}
	switch m.r.IntN(8) {
	case 0: // lost on the way
		m.done["lost commit"]++
		return
	case 1: // another one is faster
		if list := m.current(); len(list) > 1 && o.WireFormat == 0 {
			b := list[m.r.IntN(len(list))]
			if b == a {
				return
			}
			m.done["lost race"]++
			won, err := b.g.Commit(m.rand, CommitOptions{})
			noErr(m, err)
			m.accept(b, won, m.newest().members, nil, nil, false)
			_, err = m.public.Process(staged.Message, ProcessOptions{})
			wantErr(m, "the lost commit", err, ErrWrongEpoch)
			m.catchUp(a)
			return
		}
	}
	m.done["commit"]++
	m.accept(a, staged, members, o.Queued, updates, psk)
	for _, kp := range join {
		g, err := JoinWelcome(staged.Welcome, kp, JoinOptions{PSK: m.findPSK, KeepHistory: m.names%3 == 0})
		noErr(m, err)
		b := &actor{name: string(kp.KeyPackage.Leaf.Credential.Identity), keeps: m.names%3 == 0}
		m.enter(b, g)
		m.check(b)
	}
}

func (p *pooled) name() string { return string(p.join.KeyPackage.Leaf.Credential.Identity) }

func (m *machine) newPSK() PSK {
	id := m.fresh()
	m.psks[id] = Secret("secret of " + id)
	return ExternalPSK([]byte(id), m.psks[id])
}

func (m *machine) leafOf(g *Group, name string) LeafIndex {
	m.Helper()
	for l, leaf := range g.Members() {
		if string(leaf.Credential.Identity) == name {
			return l
		}
	}
	m.Fatalf("%s is no member", name)
	return 0
}

// accept is the delivery service: it checks a commit and puts it on the log.
func (m *machine) accept(a *actor, staged *StagedCommit, members map[string]bool, queued []*QueuedProposal, updates map[string]string, psk bool) {
	m.Helper()
	h, err := ParseHeader(staged.Message)
	noErr(m, err)
	if h.WireFormat == WirePublicMessage {
		next, err := m.public.Process(staged.Message, ProcessOptions{Queued: queued})
		noErr(m, err)
		equalSummary(m, next.CommitSummary, staged.CommitSummary)
		m.public, m.info = next.Group(), staged.GroupInfo
		noErr(m, m.public.CheckGroupInfo(m.info))
	} else {
		m.follow(staged.Group())
	}
	entry := logged{msg: staged.Message, by: a.name, updates: updates}
	for _, p := range m.pool {
		entry.proposals = append(entry.proposals, p.msg)
	}
	m.log, m.pool = append(m.log, entry), nil
	m.epochs = append(m.epochs, epochModel{maps.Clone(members), staged.Group().EpochAuthenticator(), psk})
	m.enter(a, staged.Group())
	m.check(a)
}

// external lets somebody new join by external commit.
func (m *machine) external() {
	m.Helper()
	if len(m.newest().members) >= maxActors {
		return
	}
	m.done["external"]++
	a := &actor{name: m.fresh()}
	m.joinExternal(a, ExternalOptions{})
}

// resync lets a member that is stuck, or that lags, replace its own leaf.
func (m *machine) resync() {
	m.Helper()
	a := m.stuck()
	if a == nil {
		list := m.members()
		a = list[m.r.IntN(len(list))]
	}
	m.done["resync"]++
	var l LeafIndex
	for i, leaf := range m.public.Members() {
		if string(leaf.Credential.Identity) == a.name {
			l = i
		}
	}
	m.joinExternal(a, ExternalOptions{Remove: &l})
}

func (m *machine) joinExternal(a *actor, o ExternalOptions) {
	m.Helper()
	psk := m.r.IntN(3) == 0
	if psk {
		o.PSKs = []PSK{m.newPSK()}
	}
	o.Leaf, o.Tree, o.KeepHistory = m.leaf(a.name), m.public.Tree(), a.keeps
	staged, err := JoinExternal(m.rand, m.info, o)
	noErr(m, err)
	members := maps.Clone(m.newest().members)
	members[a.name] = true
	m.accept(a, staged, members, nil, nil, psk)
}

// propose lets a member propose something by reference.
func (m *machine) propose(a *actor) {
	m.Helper()
	m.done["proposal"]++
	p := &pooled{}
	var err error
	switch m.r.IntN(6) {
	case 0:
		p.join = m.bundle()
		p.msg, err = ProposeToJoin(m.rand, a.g.GroupID(), a.g.Epoch(), p.join, nil)
	case 1:
		p.join = m.bundle()
		p.msg, _, err = a.g.Propose(m.rand, ProposeAdd(p.join.KeyPackage), ProposeOptions{})
	case 2:
		list := m.members()
		p.target = list[m.r.IntN(len(list))].name
		p.msg, _, err = a.g.Propose(m.rand, ProposeRemove(m.leafOf(a.g, p.target)), ProposeOptions{})
	case 3:
		id := m.newPSK().ID
		id.Nonce = make([]byte, suite1.HashSize())
		p.msg, _, err = a.g.Propose(m.rand, ProposePSK(id), ProposeOptions{})
	case 4:
		p.msg, _, err = a.g.Propose(m.rand, ProposeExtensions(Extensions{}.WithAppData(AppDataDictionary{{0x8002, []byte(a.name)}})), ProposeOptions{})
	default:
		p.target = a.name
		var own *QueuedProposal
		params := LeafParams{}
		if m.r.IntN(2) == 0 {
			params = m.leaf(a.name)
		}
		p.msg, own, err = a.g.ProposeUpdate(m.rand, params, ProposeOptions{})
		noErr(m, err)
		a.updates[string(own.Ref())] = own
	}
	noErr(m, err)
	p.q, err = m.public.ProcessProposal(p.msg)
	noErr(m, err)
	m.pool = append(m.pool, p)
	if len(a.updates) > 0 && m.r.IntN(2) == 0 {
		m.crash(a) // and loses the key of its update
	}
}

// catchUp lets an actor process the next commit that it has not seen.
func (m *machine) catchUp(a *actor) {
	m.Helper()
	if a.removed || a.stuck || a.g.Epoch() >= uint64(len(m.log)) {
		return
	}
	m.done["catch up"]++
	entry, e := m.log[a.g.Epoch()], m.epochs[a.g.Epoch()+1]
	o := ProcessOptions{PSK: m.findPSK}
	for _, msg := range entry.proposals {
		q, err := a.g.ProcessProposal(msg)
		noErr(m, err)
		if own := a.updates[string(q.Ref())]; own != nil {
			q = own
		}
		o.Queued = append(o.Queued, q)
	}
	if m.r.IntN(4) == 0 && e.psk && e.members[a.name] && entry.updates[a.name] == "" {
		m.done["no PSK"]++
		m.unchanged(a, "commit without its key", ErrUnknownPSK, func() error {
			_, err := a.g.Process(entry.msg, ProcessOptions{Queued: o.Queued})
			return err
		})
	}
	if m.r.IntN(4) == 0 {
		m.damaged(a, entry.msg, func(bad []byte) error { _, err := a.g.Process(bad, o); return err })
	}
	if ref := entry.updates[a.name]; ref != "" && a.updates[ref] == nil && e.members[a.name] {
		m.done["key of an update lost"]++
		m.unchanged(a, "commit of an own update whose key is lost", ErrUnknownProposal, func() error {
			_, err := a.g.Process(entry.msg, o)
			return err
		})
		a.stuck = true
		return
	}
	before := m.snapshot(a)
	staged, err := a.g.Process(entry.msg, o)
	noErr(m, err)
	equal0(m, "state after Process", m.snapshot(a), before)
	if staged.SelfRemoved() == e.members[a.name] {
		m.Fatalf("%s in epoch %d: removed %v", a.name, staged.Epoch, staged.SelfRemoved())
	}
	if staged.SelfRemoved() {
		m.done["removed"]++
		a.removed = true
		return
	}
	m.enter(a, staged.Group())
	m.check(a)
}

// outOfOrder gives an actor a commit of another epoch than its own.
func (m *machine) outOfOrder(a *actor) {
	m.Helper()
	if len(m.log) == 0 {
		return
	}
	n := m.r.IntN(len(m.log))
	if uint64(n) == a.g.Epoch() {
		return
	}
	m.done["out of order"]++
	m.unchanged(a, "commit of another epoch", nil, func() error {
		_, err := a.g.Process(m.log[n].msg, ProcessOptions{PSK: m.findPSK})
		if !errors.Is(err, ErrWrongEpoch) {
			m.Errorf("commit of another epoch: %v", err)
		}
		return err
	})
}

// crash throws away what an actor had in memory.
func (m *machine) crash(a *actor) {
	m.Helper()
	m.done["crash"]++
	g, err := LoadGroup(a.disk.state, a.disk.sender)
	noErr(m, err)
	a.g, a.updates = g, map[string]*QueuedProposal{}
	a.read = maps.Clone(a.disk.read)
	if a.keeps {
		clear(a.read) // an epoch's history opens everything again
	}
	m.check(a)
}

// send lets an actor seal a message in the epoch that it is in.
func (m *machine) send(a *actor) {
	m.Helper()
	m.done["send"]++
	s := &sentMessage{from: a.name, epoch: a.g.Epoch(), text: fmt.Sprint(a.name, " ", len(m.sent))}
	var err error
	s.msg, err = a.g.Seal(m.rand, SealOptions{AAD: []byte("aad")}, []byte(s.text))
	noErr(m, err)
	m.saveSender(a)
	m.sent = append(m.sent, s)
}

// receive lets an actor open one of the last messages, in any order.
func (m *machine) receive(a *actor) {
	m.Helper()
	if len(m.sent) == 0 {
		return
	}
	recent := m.sent[max(0, len(m.sent)-20):]
	s := recent[m.r.IntN(len(recent))]
	// Most of the time somebody for whom it is.
	if list := m.filter(func(b *actor) bool { return b.g.Epoch() == s.epoch && b.name != s.from }); len(list) > 0 && m.r.IntN(4) > 0 {
		a = list[m.r.IntN(len(list))]
	}
	m.open(a, s)
	if m.r.IntN(3) == 0 {
		m.open(a, s)
	}
}

func (m *machine) open(a *actor, s *sentMessage) {
	m.Helper()
	open := func(msg []byte) error { _, err := a.g.Open(msg); return err }
	switch {
	case s.epoch != a.g.Epoch():
		m.done["early or late"]++
		m.unchanged(a, "message of another epoch", ErrWrongEpoch, func() error { return open(s.msg) })
		// Nor do the secrets of this epoch open it, whatever the frame says.
		x := *a
		g := *a.g
		g.context.Epoch = s.epoch
		x.g = &g
		m.unchanged(a, "message of another epoch under these keys", ErrDecrypt, func() error { _, err := x.g.Open(s.msg); return err })
	case s.from == a.name:
		// By this very leaf, or by the one it replaced in the epoch before.
		m.unchanged(a, "own message", ErrOwnMessage, func() error { return open(s.msg) })
	case a.read[s]:
		m.done["read again"]++
		m.unchanged(a, "message read before", ErrGenerationUsed, func() error { return open(s.msg) })
	default:
		if m.r.IntN(4) == 0 {
			m.damaged(a, s.msg, open)
		}
		m.done["read"]++
		app, err := a.g.Open(s.msg)
		noErr(m, err)
		if string(app.Data) != s.text || string(app.AAD) != "aad" {
			m.Fatalf("%s reads %q, want %q", a.name, app.Data, s.text)
		}
		a.read[s] = true
		if m.r.IntN(2) == 0 {
			m.save(a)
		}
	}
}

// damaged gives an actor a message with one byte changed.
func (m *machine) damaged(a *actor, msg []byte, f func([]byte) error) {
	m.Helper()
	m.done["damaged"]++
	bad := slices.Clone(msg)
	bad[m.r.IntN(len(bad))] ^= byte(1 + m.r.IntN(255))
	m.unchanged(a, "damaged message", nil, func() error { return f(bad) })
}

// refusedRequests asks a member for commits that cannot be.
func (m *machine) refusedRequests(a *actor) {
	m.Helper()
	m.done["refused"]++
	kp := m.bundle().KeyPackage
	for _, c := range []struct {
		what string
		o    CommitOptions
		want error
	}{
		{"removes itself", CommitOptions{Remove: []LeafIndex{a.g.OwnLeaf()}}, ErrProposalList},
		{"removes nobody", CommitOptions{Remove: []LeafIndex{1 << 20}}, ErrInvalidProposal},
		{"adds a client twice", CommitOptions{Add: []*KeyPackage{kp, kp}}, ErrDuplicateKey},
		{"an extension nobody supports", CommitOptions{Extensions: Extensions{{0xF00F, nil}}}, ErrUnsupported},
		{"a ReInit beside an Add", CommitOptions{Add: []*KeyPackage{kp}, ReInit: &ReInit{Version: MLS10, CipherSuite: suite1}}, ErrProposalList},
	} {
		m.unchanged(a, c.what, c.want, func() error { _, err := a.g.Commit(m.rand, c.o); return err })
	}
}
