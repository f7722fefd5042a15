package convo

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// samples are one good encoding of each format, with its decoder, which encodes
// anew what it read.
func samples() map[string]struct {
	good   []byte
	decode func(b []byte) ([]byte, error)
} {
	type sample = struct {
		good   []byte
		decode func(b []byte) ([]byte, error)
	}
	group := &Facts{Host: testHost, Kind: Group, Creator: account.ID{1}, Nonce: [32]byte{2}, Generation: 3}
	direct := &Facts{Host: testHost, Kind: Direct, Creator: account.ID{1}, Peer: account.ID{2}}
	facts := func(b []byte) ([]byte, error) {
		f, err := ParseFacts(b)
		if err != nil {
			return nil, err
		}
		return f.Append(nil), nil
	}
	list := Participants{{account.ID{1}, Member}, {account.ID{2}, Admin}, {account.ID{3}, Owner}}
	message := &Header{
		Purpose: PurposeUnsend, Log: LogHead{7, [32]byte{7}}, Chain: account.Head{Seq: 5, Hash: account.Hash{5}},
		Idempotency: [16]byte{1}, FrankingTag: [32]byte{2}, EraseAfterMS: 9, Target: 4,
	}
	commit := &CommitHeader{Log: LogHead{7, [32]byte{7}}, HeadTable: [32]byte{8}, Idempotency: [16]byte{9}}
	leave := &Leave{Conversation: ID{1}, Account: account.ID{2}, Device: account.KeyholderID{3}, Log: LogHead{4, [32]byte{5}}, Signature: make([]byte, 64)}
	record := sampleRecord()
	return map[string]sample{
		"group facts":  {group.Append(nil), facts},
		"direct facts": {direct.Append(nil), facts},
		"participants": {list.Append(nil), func(b []byte) ([]byte, error) {
			p, err := ParseParticipants(b)
			return p.Append(nil), err
		}},
		"message header": {message.Append(nil), func(b []byte) ([]byte, error) {
			h, err := ParseHeader(b)
			if err != nil {
				return nil, err
			}
			return h.Append(nil), nil
		}},
		"commit header": {commit.Append(nil), func(b []byte) ([]byte, error) {
			h, err := ParseCommitHeader(b)
			if err != nil {
				return nil, err
			}
			return h.Append(nil), nil
		}},
		"leave": {leave.Append(nil), func(b []byte) ([]byte, error) {
			l, err := ParseLeave(b)
			if err != nil {
				return nil, err
			}
			return l.Append(nil), nil
		}},
		"record": {record.AppendChange(nil, nil), func(b []byte) ([]byte, error) {
			r, err := ParseRecord(b, nil)
			if err != nil {
				return nil, err
			}
			return r.AppendChange(nil, nil), nil
		}},
		"group id": {MLSGroupID(ID{1}, 2), func(b []byte) ([]byte, error) {
			id, g, err := ParseMLSGroupID(b)
			if err != nil {
				return nil, err
			}
			return MLSGroupID(id, g), nil
		}},
		"deposited secrets": {(&Secrets{EncryptionSecret: make([]byte, 32), SenderDataSecret: make([]byte, 32)}).append(nil), func(b []byte) ([]byte, error) {
			s, err := parseSecrets(b)
			if err != nil {
				return nil, err
			}
			return s.append(nil), nil
		}},
	}
}

func sampleRecord() *Record {
	leaf := func(n byte) *Leaf {
		return &Leaf{account.ID{n}, account.KeyholderID{n}, bytes.Repeat([]byte{n}, 32)}
	}
	return &Record{Generation: 1, Epoch: 2, GroupContext: []byte("context"), ExternalPub: []byte("pub"), Leaves: []*Leaf{leaf(1), nil, leaf(3), nil},
		Participants: Participants{{account.ID{1}, Owner}, {account.ID{3}, Member}, {account.ID{4}, Admin}}}
}

// TestOneEncoding wants every format read back as it was written, cut and
// lengthened input refused, and no second encoding of a value accepted.
func TestOneEncoding(t *testing.T) {
	for name, s := range samples() {
		again, err := s.decode(s.good)
		if err != nil || !bytes.Equal(again, s.good) {
			t.Errorf("%s: %v", name, err)
		}
		for n := range s.good {
			if _, err := s.decode(s.good[:n]); err == nil {
				t.Errorf("%s: %d of %d bytes are accepted", name, n, len(s.good))
			}
		}
		if _, err := s.decode(append(bytes.Clone(s.good), 0)); err == nil {
			t.Errorf("%s: a byte too many is accepted", name)
		}
		for at := range s.good {
			for bit := range 8 {
				b := bytes.Clone(s.good)
				b[at] ^= 1 << bit
				again, err := s.decode(b)
				switch {
				case err == nil && !bytes.Equal(again, b):
					t.Errorf("%s: byte %d altered has two encodings", name, at)
				case err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrBadDeposit):
					t.Errorf("%s: byte %d altered: %v", name, at, err)
				}
			}
		}
	}
}

// TestFormatRules refuses what is well-formed but not allowed.
func TestFormatRules(t *testing.T) {
	facts := func(change func(f *Facts)) error {
		f := &Facts{Host: testHost, Kind: Group}
		change(f)
		_, err := ParseFacts(f.Append(nil))
		return err
	}
	header := func(change func(h *Header)) error {
		h := &Header{Purpose: PurposeMessage}
		change(h)
		_, err := ParseHeader(h.Append(nil))
		return err
	}
	list := func(p Participants) error {
		_, err := ParseParticipants(p.Append(nil))
		return err
	}
	many := make(Participants, MaxParticipants+1)
	for i := range many {
		many[i] = Participant{account.ID{byte(i >> 16), byte(i >> 8), byte(i)}, Member}
	}
	short := syntax.AppendVector(nil, func(b []byte) []byte { return syntax.AppendUint32(syntax.AppendOpaque(b, make([]byte, 31)), 1) })
	_, shortErr := ParseParticipants(short)
	version := func(b []byte) []byte { b = bytes.Clone(b); b[1] = 2; return b }
	_, v1 := ParseFacts(version(samples()["group facts"].good))
	_, v2 := ParseHeader(version(samples()["message header"].good))
	_, v3 := ParseCommitHeader(version(samples()["commit header"].good))
	_, v4 := ParseLeave(version(samples()["leave"].good))
	_, v5 := ParseRecord(version(samples()["record"].good), nil)
	_, twice := NewParticipants([]Participant{{account.ID{1}, Member}, {account.ID{1}, Owner}})
	for name, c := range map[string]struct{ got, want error }{
		"facts: no host":               {facts(func(f *Facts) { f.Host = "" }), ErrMalformed},
		"facts: long host":             {facts(func(f *Facts) { f.Host = strings.Repeat("a", 256) }), ErrMalformed},
		"facts: host is no text":       {facts(func(f *Facts) { f.Host = "\xff" }), ErrMalformed},
		"facts: kind 0":                {facts(func(f *Facts) { f.Kind = 0 }), ErrMalformed},
		"facts: kind 3":                {facts(func(f *Facts) { f.Kind = 3 }), ErrMalformed},
		"header: purpose 0":            {header(func(h *Header) { h.Purpose = 0 }), ErrMalformed},
		"header: purpose 5":            {header(func(h *Header) { h.Purpose = 5 }), ErrMalformed},
		"header: message with target":  {header(func(h *Header) { h.Target = 1 }), ErrMalformed},
		"header: info with target":     {header(func(h *Header) { h.Purpose, h.Target = PurposeInfo, 1 }), ErrMalformed},
		"header: edit without target":  {header(func(h *Header) { h.Purpose = PurposeEdit }), ErrMalformed},
		"header: unsend of nothing":    {header(func(h *Header) { h.Purpose = PurposeUnsend }), ErrMalformed},
		"participants: role 0":         {list(Participants{{account.ID{1}, 0}}), ErrMalformed},
		"participants: role 4":         {list(Participants{{account.ID{1}, 4}}), ErrMalformed},
		"participants: not sorted":     {list(Participants{{account.ID{2}, 1}, {account.ID{1}, 1}}), ErrMalformed},
		"participants: twice":          {list(Participants{{account.ID{1}, 1}, {account.ID{1}, 1}}), ErrMalformed},
		"participants: twice, made":    {twice, ErrMalformed},
		"participants: too many":       {list(many), ErrTooLarge},
		"participants: short account":  {shortErr, ErrMalformed},
		"facts: version 2":             {v1, ErrMalformed},
		"header: version 2":            {v2, ErrMalformed},
		"commit header: version 2":     {v3, ErrMalformed},
		"leave: version 2":             {v4, ErrMalformed},
		"record: version 2":            {v5, ErrMalformed},
		"participants: as many as may": {list(many[:MaxParticipants]), nil},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
}

// TestIDText reads ids exactly as they are printed.
func TestIDText(t *testing.T) {
	id := GroupID(testHost, account.ID{1}, [32]byte{2})
	text := id.String()
	if got, err := ParseID(text); err != nil || got != id || len(text) != 52 {
		t.Fatalf("%s: %v", text, err)
	}
	last := "abcdefghijklmnopqrstuvwxyz234567"[strings.IndexByte("abcdefghijklmnopqrstuvwxyz234567", text[51])|1]
	for name, s := range map[string]string{
		"empty": "", "short": text[1:], "long": text + "a", "line break": text[:20] + "\n" + text[20:], "upper case": strings.ToUpper(text),
		"not base32": "1" + text[1:], "padded": text + "====", "bits beyond the last byte": text[:51] + string(last),
	} {
		if _, err := ParseID(s); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := IDFromBytes(id[:31]); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
	if got, err := IDFromBytes(id[:]); err != nil || got != id {
		t.Error(err)
	}
}

// TestIDs wants ids of different beginnings to differ.
func TestIDs(t *testing.T) {
	seen := map[ID]string{}
	for name, id := range map[string]ID{
		"group": GroupID("h", account.ID{1}, [32]byte{2}), "direct": DirectID("h", account.ID{1}, account.ID{2}),
		"nonce": GroupID("h", account.ID{1}, [32]byte{3}), "creator": GroupID("h", account.ID{2}, [32]byte{2}),
		"host": GroupID("i", account.ID{1}, [32]byte{2}), "notes": DirectID("h", account.ID{1}, account.ID{1}),
	} {
		if other, ok := seen[id]; ok {
			t.Errorf("%s and %s share an id", name, other)
		}
		seen[id] = name
	}
}

// TestRecordChanges plays random changes of a tree and rebuilds each record from
// its change.
func TestRecordChanges(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var prev *Record
	leaf := func() *Leaf {
		return &Leaf{account.ID{byte(rng.Uint32())}, account.KeyholderID{byte(rng.Uint32())}, []byte{byte(rng.Uint32())}}
	}
	leaves := []*Leaf{leaf()}
	var list Participants
	for epoch := range uint64(300) {
		switch n := rng.IntN(4); {
		case n == 0 && len(leaves) < 64: // the tree doubles, its first new leaf in use
			leaves = append(leaves, make([]*Leaf, len(leaves))...)
			leaves[len(leaves)/2] = leaf()
		case n == 1 && len(leaves) > 1:
			leaves = leaves[:len(leaves)/2]
		case n == 2: // all but one blank: the whole record must still be readable
			clear(leaves)
			leaves[len(leaves)-1] = leaf()
		default:
			leaves[rng.IntN(len(leaves))] = leaf()
		}
		switch id := (account.ID{byte(rng.IntN(8))}); rng.IntN(5) {
		case 0:
			list = list.With(id, Role(1+rng.IntN(3)))
		case 1:
			list = list.Without(id)
		case 2:
			list = list.Without(id).With(account.ID{byte(rng.Uint32()), 1}, Member)
		}
		if len(list) == 0 {
			list = nil
		}
		r := &Record{Epoch: epoch, GroupContext: []byte{byte(epoch)}, ExternalPub: []byte("p"), Leaves: append([]*Leaf(nil), leaves...), Participants: list}
		before := prev
		change := r.AppendChange(nil, before)
		got, err := ParseRecord(change, before)
		if err != nil || !reflect.DeepEqual(got, r) || got.Hash() != r.Hash() {
			t.Fatalf("epoch %d: %v", epoch, err)
		}
		if whole, err := ParseRecord(r.AppendChange(nil, nil), nil); err != nil || !reflect.DeepEqual(whole, r) {
			t.Fatalf("epoch %d, as a whole: %v", epoch, err)
		}
		if before != nil && before.Hash() == got.Hash() {
			t.Fatalf("epoch %d: two records share a hash", epoch)
		}
		prev = got
	}
	if prev.Leaf(uint32(len(prev.Leaves))) != nil || prev.Leaf(1<<31) != nil {
		t.Error("a leaf beyond the tree")
	}
}

// TestRecordRefused refuses changes that name leaves wrongly, and leaf counts that
// nothing pays for.
func TestRecordRefused(t *testing.T) {
	change := func(count uint32, leaves ...uint32) []byte {
		r := &Record{GroupContext: []byte("c"), ExternalPub: []byte("p")}
		b := r.appendFixed(nil)
		b = syntax.AppendUint32(b[:len(b)-4], count)
		b = syntax.AppendVector(b, func(b []byte) []byte {
			for _, i := range leaves {
				b = appendLeaf(syntax.AppendUint32(b, i), &Leaf{})
			}
			return b
		})
		return Participants{}.Append(b)
	}
	prev := &Record{Leaves: make([]*Leaf, 4)}
	for name, c := range map[string]struct {
		b    []byte
		prev *Record
		want error
	}{
		"same count":              {change(4), prev, nil},
		"twice the count":         {change(8), prev, nil},
		"more than twice":         {change(9), prev, ErrTooLarge},
		"from nothing":            {change(1), nil, ErrTooLarge},
		"a whole one":             {change(2, 0, 1), nil, nil},
		"a whole one, less one":   {change(3, 0, 1), nil, ErrMalformed},
		"a whole one with a gap":  {change(3, 0, 2), nil, ErrMalformed},
		"more than is paid for":   {change(100, 0, 1), nil, ErrTooLarge},
		"a leaf that is the same": {change(1, 0), &Record{Leaves: []*Leaf{{}}}, ErrMalformed},
		"a blank that is one":     {(&Record{Leaves: make([]*Leaf, 4)}).AppendChange(nil, &Record{Leaves: []*Leaf{nil, nil, nil, {}}}), prev, ErrMalformed},
		"all there may be":        {change(MaxLeaves), prev, ErrTooLarge},
		"more than there may be":  {change(MaxLeaves + 1), &Record{Leaves: make([]*Leaf, MaxLeaves)}, ErrTooLarge},
		"largest number":          {change(1<<32 - 1), prev, ErrTooLarge},
		"leaf beyond":             {change(4, 4), prev, ErrMalformed},
		"leaf twice":              {change(4, 1, 1), prev, ErrMalformed},
		"leaves not in order":     {change(4, 2, 1), prev, ErrMalformed},
		"leaf of largest number":  {change(4, 1<<32-1), prev, ErrMalformed},
		"presence byte 2":         {bytes.Replace(change(4, 3), []byte{0, 0, 0, 3, 1}, []byte{0, 0, 0, 3, 2}, 1), prev, ErrMalformed},
		"something after the end": {append(change(4, 3), 0), prev, ErrMalformed},
	} {
		got, err := ParseRecord(c.b, c.prev)
		if !errors.Is(err, c.want) || err != nil && got != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
