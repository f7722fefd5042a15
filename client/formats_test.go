package client

import (
	"bytes"
	"crypto/rand"
	"reflect"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

func sampleState() *convState {
	return &convState{
		ID: convo.ID{1}, Number: 7, Kind: convo.Group, Name: "tea", InfoSeq: 3, Peer: account.ID{9},
		Member: true, Gone: true, Generation: 2, Epoch: 5, CommitMS: 1000, HeadSeq: 12, ActivityMS: 2000, Messages: 8, Checked: 4, Locked: 2, LockedFrom: 6, LockedTo: 7,
		Top: convo.LogHead{Seq: 11, Link: [32]byte{1}}, Bottom: convo.LogHead{Seq: 2, Link: [32]byte{2}},
		Named: []convo.LogHead{{Seq: 1, Link: [32]byte{3}}}, Missing: []uint64{4, 5}, Leaving: []account.ID{{2}},
		Removed:     []removedDevice{{account: account.ID{2}, device: account.KeyholderID{3}, named: 9, posted: 8}},
		Generations: []generation{{from: 1, suite: 1}, {from: 7, suite: suite, last: 3}}, Stuck: convo.ReasonDeposit,
	}
}

func samplePage() *page {
	p := new(page)
	p[0] = &record{seq: 64, link: [32]byte{1}}
	p[3] = &record{seq: 67, link: [32]byte{2}, kind: recordMessage, account: account.ID{4}, atMS: 5, id: content.MessageID{6}, content: []byte("abc")}
	p[63] = &record{seq: 127, link: [32]byte{3}, kind: recordEvent, account: account.ID{4}, content: []byte{}, text: "added"}
	return p
}

func sampleMarks() []*mark {
	return []*mark{
		{kind: markEdit, target: 3, id: content.MessageID{1}, by: account.ID{2}, seq: 4, atMS: 5, own: content.MessageID{6}, data: []byte("x")},
		{kind: markUnreact, id: content.MessageID{1}, by: account.ID{2}, seq: 5, ref: content.MessageID{7}, data: []byte{}},
	}
}

func sampleQueued() *queued {
	return &queued{
		conv: convo.ID{1}, idempotency: [16]byte{2}, id: content.MessageID{3}, purpose: convo.PurposeEdit, target: 4,
		content: []byte("content"), atMS: 5, uploads: []upload{{blob: [32]byte{6}}}, sealed: []byte("sealed"), generation: 1, epoch: 7,
	}
}

// sampleWalk is a conversation at its beginning.
func sampleWalk(t testing.TB) (*convo.Position, *epochRow) {
	t.Helper()
	device, err := account.GenerateKeyholder(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := mls.MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
	key, err := s.GenerateSignatureKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	facts := &convo.Facts{Host: "coffer.example", Kind: convo.Group, Creator: account.ID{1}}
	state := convo.State{Facts: facts, Participants: convo.Participants{}.With(facts.Creator, convo.Owner)}
	g, err := mls.NewGroup(rand.Reader, mls.GroupParams{
		Suite: s, GroupID: convo.MLSGroupID(facts.ID(), 0), Extensions: state.Extensions(), KeepHistory: true,
		Leaf: mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential(device.CertifyLeaf(facts.Creator, key.Public()).Marshal())},
	})
	if err != nil {
		t.Fatal(err)
	}
	info, err := g.GroupInfo(rand.Reader, mls.GroupInfoOptions{ExternalPub: true, Tree: true, Extensions: state.CreationExtensions()})
	if err != nil {
		t.Fatal(err)
	}
	pos, _, err := convo.Begin(info)
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := convo.SecretsOf(g, pos.Record)
	if err != nil {
		t.Fatal(err)
	}
	return pos, &epochRow{
		record: pos.Record, commit: [32]byte{5}, seq: 1, secrets: secrets, heads: map[account.ID]uint64{facts.Creator: 4, {2}: 1},
	}
}

func TestFormatsComeBack(t *testing.T) {
	state := sampleState()
	if got, err := parseConvState(state.append(nil)); err != nil || !reflect.DeepEqual(&got, state) {
		t.Errorf("conversation: %v\n%+v\n%+v", err, got, *state)
	}
	pg := samplePage()
	if got, err := parsePage(pg.append(nil)); err != nil || !reflect.DeepEqual(got, pg) {
		t.Errorf("page: %v", err)
	}
	marks := sampleMarks()
	if got, err := parseMarks(appendMarks(nil, marks)); err != nil || !reflect.DeepEqual(got, marks) {
		t.Errorf("marks: %v", err)
	}
	q := sampleQueued()
	if got, err := parseQueued(q.append(nil)); err != nil || !reflect.DeepEqual(got, q) {
		t.Errorf("queued: %v", err)
	}
	pos, row := sampleWalk(t)
	if got, err := parsePosition(pos.ID, appendPosition(nil, pos)); err != nil || !bytes.Equal(appendPosition(nil, got), appendPosition(nil, pos)) {
		t.Errorf("position: %v", err)
	}
	got, err := parseEpoch(row.append(nil))
	if err != nil || !bytes.Equal(got.append(nil), row.append(nil)) || got.secrets.RecordHash != row.secrets.RecordHash || got.reader == nil {
		t.Errorf("epoch: %v", err)
	}
	row.secrets = nil
	if got, err := parseEpoch(row.append(nil)); err != nil || got.secrets != nil || got.reader != nil {
		t.Errorf("epoch without secrets: %v", err)
	}
}

// decoders are all that read what was stored.
var decoders = map[string]func([]byte) error{
	"conversation": func(b []byte) error { _, err := parseConvState(b); return err },
	"page":         func(b []byte) error { _, err := parsePage(b); return err },
	"marks":        func(b []byte) error { _, err := parseMarks(b); return err },
	"queued":       func(b []byte) error { _, err := parseQueued(b); return err },
	"epoch":        func(b []byte) error { _, err := parseEpoch(b); return err },
	"position":     func(b []byte) error { _, err := parsePosition(convo.ID{}, b); return err },
	"setting":      func(b []byte) error { _, err := parseSetting(b); return err },
}

// samples are valid inputs of the decoders.
func samples(t testing.TB) map[string][]byte {
	pos, row := sampleWalk(t)
	return map[string][]byte{
		"conversation": sampleState().append(nil),
		"page":         samplePage().append(nil),
		"marks":        appendMarks(nil, sampleMarks()),
		"queued":       sampleQueued().append(nil),
		"epoch":        row.append(nil),
		"position":     appendPosition(nil, pos),
		"setting":      (&setting{seq: 5, content: []byte("x")}).append(nil),
	}
}

// TestDecodersRefuse cuts each sample at every place, and adds to it.
func TestDecodersRefuse(t *testing.T) {
	for name, sample := range samples(t) {
		decode := decoders[name]
		if err := decode(sample); err != nil {
			t.Errorf("%s: sample refused: %v", name, err)
		}
		for n := range len(sample) {
			if err := decode(sample[:n:n]); err == nil && name != "page" && name != "marks" {
				t.Errorf("%s: %d of %d bytes accepted", name, n, len(sample))
			}
		}
		if err := decode(append(bytes.Clone(sample), 0)); err == nil {
			t.Errorf("%s: trailing byte accepted", name)
		}
	}
	for name, bad := range map[string][]byte{
		"conversation": {0, 3}, "page": {0, 2}, "marks": {9, 9}, "queued": {0, 0}, "epoch": {0, 2}, "position": {0, 7},
		"setting": {0, 2},
	} {
		if decoders[name](bad) == nil {
			t.Errorf("%s: version or value that cannot be was accepted", name)
		}
	}
	misplaced := new(page)
	misplaced[5] = &record{seq: 64}
	if _, err := parsePage(misplaced.append(nil)); err == nil {
		t.Error("page: a record at another's place was accepted")
	}
}

func fuzz(f *testing.F, name string) {
	f.Add(samples(f)[name])
	f.Add([]byte{0, 1})
	f.Add([]byte{0, 1, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) { decoders[name](b) }) // only that it ends, and without a panic
}

func FuzzConvState(f *testing.F) { fuzz(f, "conversation") }
func FuzzPage(f *testing.F)      { fuzz(f, "page") }
func FuzzMarks(f *testing.F)     { fuzz(f, "marks") }
func FuzzQueued(f *testing.F)    { fuzz(f, "queued") }
func FuzzEpochRow(f *testing.F)  { fuzz(f, "epoch") }
func FuzzPosition(f *testing.F)  { fuzz(f, "position") }
func FuzzSetting(f *testing.F)   { fuzz(f, "setting") }
