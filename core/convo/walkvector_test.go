package convo

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
)

const walkFile = "testdata/walk.json"

// walkVector is a recorded conversation: what a reader with one account's newest
// root needs to read it, and commits that must not be walked. MLS draws keys that
// no caller can fix, so the file is recorded once and then only read.
type walkVector struct {
	Host       string               `json:"host"`
	Chains     map[string][]hexHead `json:"chains"` // entries, by handle
	ReaderRoot hexBytes             `json:"reader_root"`
	Reader     string               `json:"reader"`
	ID         hexBytes             `json:"id"`
	Log        []walkEntry          `json:"log"`
	Refused    []walkRefused        `json:"refused"`
}

type hexHead struct {
	Entry hexBytes `json:"entry"`
	Hash  hexBytes `json:"hash"`
}

type walkEntry struct {
	Seq        uint64       `json:"seq"`
	Kind       EntryKind    `json:"kind"`
	Account    hexBytes     `json:"account"`
	Device     hexBytes     `json:"device"`
	AcceptedMS uint64       `json:"accepted_ms"`
	Body       hexBytes     `json:"body"`
	Header     hexBytes     `json:"header"`
	Link       hexBytes     `json:"link"`
	Bundle     *walkBundle  `json:"bundle,omitempty"`
	Deposit    *walkDeposit `json:"deposit,omitempty"` // the reader's
	Text       string       `json:"text,omitempty"`
}

type walkBundle struct {
	Table      hexBytes `json:"head_table"`
	Record     hexBytes `json:"record"`
	RecordHash hexBytes `json:"record_hash"`
	Root       hexBytes `json:"deposit_root"`
	Count      uint32   `json:"deposit_count"`
	TBS        hexBytes `json:"signed"`
	Signature  hexBytes `json:"signature"`
}

type walkDeposit struct {
	VaultEpoch uint64     `json:"vault_epoch"`
	Index      int        `json:"index"`
	Proof      []hexBytes `json:"proof"`
	Sealed     hexBytes   `json:"sealed"`
	Plaintext  hexBytes   `json:"plaintext"`
}

// walkRefused is a commit that stands where seq says and must be refused.
type walkRefused struct {
	Name   string    `json:"name"`
	Expect string    `json:"expect"`
	Entry  walkEntry `json:"entry"`
}

var walkClasses = map[string]error{
	"not a device": ErrNotADevice, "not entitled": ErrNotEntitled, "no join key": ErrNoJoinKey, "foreign key": ErrForeignKey,
	"not uncovered": ErrNotUncovered, "older head": ErrOlderHead, "head table": ErrBadHeadTable, "record": ErrBadRecord,
	"bundle": ErrBadBundle, "sender": ErrWrongSender, "participants": ErrBadList, "facts": ErrChangedFacts,
}

// entry is a commit as the file holds it.
func (m *made) entry(seq uint64, reader account.ID) walkEntry {
	b := m.Bundle
	e := walkEntry{
		Seq: seq, Kind: EntryCommit, Account: m.Sender.Account[:], Device: m.Sender.Device[:], Body: m.Message,
		Bundle: &walkBundle{Table: b.Table, Record: b.Record, RecordHash: hash2b(m.record.Hash()), Root: b.DepositRoot[:], Count: b.DepositCount, Signature: b.Signature},
	}
	if d := m.given(reader); d != nil {
		e.Deposit = &walkDeposit{VaultEpoch: d.VaultEpoch, Index: d.Index, Sealed: d.Sealed}
		for _, p := range d.Proof {
			e.Deposit.Proof = append(e.Deposit.Proof, p[:])
		}
	}
	return e
}

func hash2b(h [32]byte) hexBytes { return h[:] }

// recorder plays the story and keeps its log.
type recorder struct {
	*room
	v      walkVector
	before LogHead
}

func (c *recorder) post(e walkEntry) {
	c.t.Helper()
	e.Seq, e.AcceptedMS = c.before.Seq+1, 1772366400000+1000*c.before.Seq
	h, header, err := e.entry().Hashes()
	c.check(err)
	link := Link(c.before.Link, h)
	e.Header, e.Link = header, link[:]
	c.before = LogHead{e.Seq, link}
	c.v.Log = append(c.v.Log, e)
	c.seq = e.Seq
}

func (e *walkEntry) entry() *Entry {
	x := &Entry{
		Seq: e.Seq, Kind: e.Kind, Sender: Sender{account.ID(e.Account), account.KeyholderID(e.Device)}, AcceptedMS: e.AcceptedMS, Body: e.Body,
	}
	copy(x.Link[:], e.Link)
	return x
}

func (e *walkEntry) logged(left map[account.ID]bool) *LoggedCommit {
	b := e.Bundle
	return &LoggedCommit{
		Seq: e.Seq, Sender: e.entry().Sender, Message: e.Body, Left: left,
		Bundle: &Bundle{Table: b.Table, Record: b.Record, DepositRoot: to32(b.Root), DepositCount: b.Count, Signature: b.Signature},
	}
}

func (c *recorder) commit(d draft) {
	c.t.Helper()
	seen := c.before
	d.header = func(h *CommitHeader) { h.Log = seen }
	m := c.make(d)
	e := m.entry(c.seq+1, c.people["dora"].id())
	tbs := BundleTBS{
		Conversation: c.pos.ID, Generation: c.pos.Generation, Epoch: c.pos.Epoch + 1, Commit: HashPart(m.Message), Record: m.record.Hash(),
		HeadTable: m.table.Hash(), DepositRoot: m.Bundle.DepositRoot, DepositCount: m.Bundle.DepositCount,
	}
	e.Bundle.TBS = tbs.Bytes()
	s := must[*Secrets](c.t)(SecretsOf(m.staged.Group(), m.record))
	e.Deposit.Plaintext = s.append(nil)
	c.take(m)
	c.post(e)
}

func (c *recorder) say(by, text string) {
	c.t.Helper()
	d := c.devices[by]
	h := &Header{Purpose: PurposeMessage, Log: c.before, Chain: d.of.Chain.Head(), Idempotency: [16]byte{byte(c.seq)}, FrankingTag: to32(fill(32, 0xf7))}
	body := must[[]byte](c.t)(c.members[by].Seal(c.rand, mls.SealOptions{AAD: h.Append(nil)}, []byte(text)))
	id := d.of.id()
	did := d.secret.ID()
	c.post(walkEntry{Kind: EntryMessage, Account: id[:], Device: did[:], Body: body, Text: text})
}

func (c *recorder) refuse(name, class string, d draft) {
	c.t.Helper()
	c.v.Refused = append(c.v.Refused, walkRefused{name, class, c.make(d).entry(c.seq+1, account.ID{})})
}

func recordWalk(t *testing.T) []byte {
	t.Helper()
	w := newWorld(t)
	for _, name := range []string{"alice", "bob", "carol", "dora", "eve"} {
		w.register(name)
	}
	w.addDevice("alice", "2")
	c := &recorder{room: w.newRoom(w.groupFacts("alice"), w.list("alice:3 bob:2 carol:1 dora:1"), "alice/1")}
	alice, first := w.people["alice"].id(), w.devices["alice/1"].secret.ID()
	c.post(walkEntry{Kind: EntryCreate, Account: alice[:], Device: first[:], Body: c.creation})
	c.commit(draft{by: "alice/1", add: []string{"bob/1", "carol/1"}})
	c.say("bob/1", "dora has no device now, and will read this")

	all := "alice:3 bob:2 carol:1 dora:1"
	c.refuse("adds a stranger's leaf", "not a device", draft{by: "carol/1", add: []string{"eve/1"}})
	ghost := w.keyPackage(w.leafOf(w.devices["carol/1"].secret, w.people["dora"].id()))
	c.refuse("adds a leaf in dora's name", "not a device", draft{by: "carol/1", packages: []*mls.KeyPackage{ghost.KeyPackage}})
	l := w.leaf("alice/2")
	c.refuse("turns a leaf into another device's", "not a device", draft{by: "alice/1", leaf: &l})
	c.refuse("a stranger joins", "not a device", draft{by: "eve/1", external: true})
	c.refuse("a member removes a member", "not entitled", draft{by: "carol/1", remove: []string{"bob/1"}})
	c.refuse("a member makes itself an admin", "not entitled", draft{by: "carol/1", after: w.list("alice:3 bob:2 carol:2 dora:1")})
	c.refuse("an admin makes itself an owner", "not entitled", draft{by: "bob/1", after: w.list("alice:3 bob:3 carol:1 dora:1")})
	c.refuse("joins without the join key", "no join key", draft{by: "alice/2", external: true, noPSK: true})
	c.refuse("injects a key of its own", "foreign key", draft{by: "carol/1", psks: []mls.PSK{mls.ExternalPSK([]byte("mine"), make([]byte, 32))}})
	c.refuse("joins and removes another's leaf", "not uncovered", draft{by: "dora/1", external: true, remove: []string{"bob/1"}})
	c.refuse("a head table that lacks somebody", "head table", draft{by: "bob/1", table: w.table(w.list("alice:3 bob:2 carol:1"))})
	older := w.table(w.list(all))
	older[0].Head.Hash[0] ^= 1
	c.refuse("a head table that goes back", "older head", draft{by: "bob/1", table: older})
	c.refuse("a head table that is not the header's", "head table", draft{by: "bob/1", header: func(h *CommitHeader) { h.HeadTable[0] ^= 1 }})
	c.refuse("a record that names another key", "record", draft{by: "bob/1", record: func(r *Record) {
		r.Leaves[0] = &Leaf{r.Leaves[0].Account, r.Leaves[0].Device, fill(32, 1)}
	}})
	c.refuse("signed for other deposits", "bundle", draft{by: "bob/1", tbs: func(b *BundleTBS) { b.DepositRoot[0] ^= 1 }})
	key := must[mls.SignaturePrivateKey](t)(testSuite.GenerateSignatureKey(w.rand))
	c.refuse("signed by nobody's key", "bundle", draft{by: "bob/1", signer: &key})
	c.refuse("under another's name", "sender", draft{by: "bob/1", sender: "carol/1"})
	c.refuse("a list that is not the hash's", "participants", draft{by: "carol/1", list: w.list("alice:3 bob:2 carol:3 dora:1")})
	c.refuse("ends the group", "facts", draft{by: "alice/1", reInit: true, noPath: true})

	w.removeDevice("alice/1", "alice/2")
	c.commit(draft{by: "alice/2", external: true, remove: []string{"alice/1"}})
	c.say("alice/2", "back on another device")
	carol, one := w.people["carol"].id(), w.devices["carol/1"].secret.ID()
	c.post(walkEntry{Kind: EntryLeave, Account: carol[:], Device: one[:], Body: c.leave("carol/1", c.before).Append(nil)})
	c.left = map[account.ID]bool{carol: true}
	w.removeDeviceOf("dora") // her second vault epoch
	c.commit(draft{by: "bob/1", after: w.list("alice:3 bob:2 dora:1"), remove: []string{"carol/1"}})
	c.say("bob/1", "without carol")

	opening := c.pos.Opening(ReasonCommit, c.before)
	x, g := c.reopen(reopening{by: "bob/1", opening: opening})
	c.post(walkEntry{Kind: EntryGeneration, Account: x.Sender.Account[:], Device: x.Sender.Device[:], Body: x.Body})
	c.enter(x, g, "bob/1")
	c.refuse("opens a generation and adds a stranger", "not a device", draft{by: "bob/1", add: []string{"eve/1"}})
	c.commit(draft{by: "bob/1", add: []string{"alice/2"}})
	c.say("alice/2", "in the next generation")

	dora := w.people["dora"]
	c.v.Host, c.v.Reader, c.v.ReaderRoot, c.v.ID = testHost, "dora", dora.Roots.Current().Bytes(), hash2b(c.pos.ID)
	c.v.Chains = map[string][]hexHead{}
	for name, p := range w.people {
		for _, e := range p.Chain.Entries(0) {
			c.v.Chains[name] = append(c.v.Chains[name], hexHead{e.Marshal(), hash2b(e.Hash())})
		}
	}
	data, err := json.MarshalIndent(c.v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// TestWalkVector reads the recorded conversation as dora restores it: chains,
// links, commits, deposits, messages.
func TestWalkVector(t *testing.T) {
	if *update {
		if err := os.WriteFile(walkFile, recordWalk(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(walkFile)
	if err != nil {
		t.Fatal(err)
	}
	var v walkVector
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	known := map[account.ID]*account.Chain{}
	var reader *account.Chain
	for name, entries := range v.Chains {
		var raw [][]byte
		for _, e := range entries {
			raw = append(raw, e.Entry)
		}
		chain, err := account.ParseChain(raw)
		if err != nil {
			t.Fatal(err)
		}
		if known[chain.ID()] = chain; name == v.Reader {
			reader = chain
		}
	}
	chains := func(id account.ID, at account.Head) (*account.Chain, error) {
		if c := known[id]; c != nil && c.Has(at) {
			return c, nil
		}
		return nil, account.ErrFork
	}
	roots, err := account.RootsFrom(reader, v.ReaderRoot)
	if err != nil {
		t.Fatal(err)
	}
	var run []*Entry
	for i := range v.Log {
		run = append(run, v.Log[i].entry())
	}
	if err := CheckRun(&LogHead{}, run, nil); err != nil {
		t.Fatal(err)
	}
	pos, public, err := Begin(v.Log[0].Body)
	if err != nil || !bytes.Equal(pos.ID[:], v.ID) {
		t.Fatal(err)
	}
	left := map[account.ID]bool{}
	var messages *mls.EpochReader
	refused := 0
	for i := range v.Log[1:] {
		e := &v.Log[i+1]
		for _, x := range v.Refused {
			if x.Entry.Seq == e.Seq {
				refused++
				_, _, err := pos.Walk(public, x.Entry.logged(left), chains)
				if want := walkClasses[x.Expect]; want == nil || !errors.Is(err, want) {
					t.Errorf("%s: %v, want %s", x.Name, err, x.Expect)
				}
			}
		}
		switch e.Kind {
		case EntryGeneration:
			var o *Opening
			if pos, public, o, err = pos.Reopen(e.entry()); err != nil || o.Reason != ReasonCommit {
				t.Fatalf("entry %d: %v", e.Seq, err)
			}
		case EntryCommit:
			commit := e.logged(left)
			if pos, public, err = pos.Walk(public, commit, chains); err != nil {
				t.Fatalf("entry %d: %v", e.Seq, err)
			}
			messages = openVector(t, pos, commit, e, roots)
		case EntryMessage:
			app, err := messages.Open(e.Body)
			if err != nil || string(app.Data) != e.Text || pos.Record.CheckSender(app.Sender, e.entry().Sender) != nil {
				t.Errorf("entry %d: %v", e.Seq, err)
			}
			h, err := ParseHeader(e.Header)
			if err != nil || h.CheckChain(known[account.ID(e.Account)], account.KeyholderID(e.Device)) != nil {
				t.Errorf("header of entry %d: %v", e.Seq, err)
			}
		case EntryLeave:
			l, err := ParseLeave(e.Body)
			if err != nil {
				t.Fatal(err)
			}
			k, _ := known[l.Account].Keyholder(l.Device)
			if l.Verify(k.SignatureKey) != nil || l.Conversation != pos.ID || !bytes.Equal(l.Account[:], e.Account) {
				t.Errorf("entry %d: leave", e.Seq)
			}
			left[l.Account] = true
		}
	}
	if refused != len(v.Refused) || pos.Generation != 1 || pos.Epoch != 1 {
		t.Errorf("%d of %d refused commits tried, at epoch %d", refused, len(v.Refused), pos.Epoch)
	}
}

// openVector opens the reader's deposit of the epoch that a commit began.
func openVector(t *testing.T, pos *Position, commit *LoggedCommit, e *walkEntry, roots *account.Roots) *mls.EpochReader {
	t.Helper()
	given := &GivenDeposit{VaultEpoch: e.Deposit.VaultEpoch, Index: e.Deposit.Index, Sealed: e.Deposit.Sealed}
	for _, p := range e.Deposit.Proof {
		given.Proof = append(given.Proof, to32(p))
	}
	if err := pos.Deposited(commit.Bundle, roots.Account(), given); err != nil {
		t.Fatalf("entry %d: %v", e.Seq, err)
	}
	s, err := pos.Open(roots.At(given.VaultEpoch).KEM(), pos.Place(e.Body, roots.Account(), given.VaultEpoch), given.Sealed)
	if err != nil || !bytes.Equal(s.append(nil), e.Deposit.Plaintext) || hash2b(pos.Record.Hash()).equal(e.Bundle.RecordHash) != nil {
		t.Fatalf("entry %d: deposit: %v", e.Seq, err)
	}
	return must[*mls.EpochReader](t)(pos.Record.Reader(s.History()))
}

func (h hexBytes) equal(o hexBytes) error {
	if !bytes.Equal(h, o) {
		return errors.New("bytes differ")
	}
	return nil
}
