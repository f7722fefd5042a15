package privatelog

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

const vectorFile = "testdata/vectors.json"

// vectors is the file that spec/private-log.md points to; byte strings are
// hexadecimal.
type vectors struct {
	Chain   []string     `json:"chain"` // entries of the account chain
	Root    string       `json:"root"`  // the newest vault root
	Log     []logVector  `json:"log"`
	Refused []logRefusal `json:"refused"` // in place of the log's last entry
}

type logVector struct {
	Entry   string `json:"entry"`
	Link    string `json:"link"`
	Payload string `json:"payload"` // none if the entry does not count
	Counts  bool   `json:"counts"`
}

type logRefusal struct {
	Name   string `json:"name"`
	Entry  string `json:"entry"`
	Expect string `json:"expect"`
}

var refusals = map[string]error{
	"malformed": ErrMalformed, "version": ErrVersion, "sequence": ErrSequence, "link": ErrLink, "device": ErrDevice,
	"vault epoch": ErrVaultEpoch, "chain older": ErrChainOlder, "signature": ErrSignature, "fork": account.ErrFork,
}

func makeVectors(t *testing.T) []byte {
	t.Helper()
	w := newWorld(t)
	payloads := []string{"read up to 17", "hide 9", "after it was removed", "settings"}
	w.write(w.laptop, payloads[0])
	w.write(w.phone, payloads[1])
	head, before, roots := w.pos, w.Chain, w.Roots
	w.append(w.seal(w.phone, w.Chain, w.Roots, payloads[2]))
	w.remove(head)
	pos := w.pos
	w.write(w.laptop, payloads[3])

	v := vectors{Root: hex.EncodeToString(w.Roots.Current().Bytes())}
	for _, e := range w.Chain.Entries(0) {
		v.Chain = append(v.Chain, hex.EncodeToString(e.Marshal()))
	}
	for i, e := range w.log {
		link := e.Link(w.Chain.ID())
		x := logVector{hex.EncodeToString(e.Marshal()), hex.EncodeToString(link[:]), payloads[i], i != 2}
		if !x.Counts {
			x.Payload = ""
		}
		v.Log = append(v.Log, x)
	}
	last := w.log[3]
	refuse := func(name, expect string, e *Entry) {
		v.Refused = append(v.Refused, logRefusal{name, hex.EncodeToString(e.Marshal()), expect})
	}
	change := func(f func(e *Entry)) *Entry {
		e := *last
		f(&e)
		return &e
	}
	w.pos = pos
	refuse("an entry again", "sequence", w.log[2])
	refuse("seq one too high", "sequence", change(func(e *Entry) { e.Seq++ }))
	refuse("another predecessor", "link", change(func(e *Entry) { e.Prev[0] ^= 1 }))
	refuse("a chain head that is not there", "fork", change(func(e *Entry) { e.Chain.Hash[0] ^= 1 }))
	refuse("a vault epoch that was not current", "vault epoch", change(func(e *Entry) { e.VaultEpoch = 1 }))
	refuse("the older chain head's vault epoch", "vault epoch", change(func(e *Entry) { e.Chain, _ = w.Chain.HeadAt(2) }))
	refuse("a head older than the entry before names", "chain older", change(func(e *Entry) { e.Chain, _ = w.Chain.HeadAt(1); e.VaultEpoch = 1 }))
	refuse("by the removed device", "device", change(func(e *Entry) { e.Device = w.phone.ID() }))
	refuse("by a stranger", "device", w.seal(w.device(), w.Chain, w.Roots, "x"))
	refuse("signed by another", "signature", change(func(e *Entry) { e.Signature = w.phone.Sign(labelEntry, e.signed(w.Chain.ID())) }))
	refuse("altered after signing", "signature", change(func(e *Entry) { e.Time++ }))
	refuse("another ciphertext", "malformed", change(func(e *Entry) { e.Ciphertext = w.seal(w.laptop, before, roots, "y").Ciphertext }))
	cut := last.Marshal()
	v.Refused = append(v.Refused, logRefusal{"cut", hex.EncodeToString(cut[:len(cut)-1]), "malformed"})
	v.Refused = append(v.Refused, logRefusal{"version 2", "0002" + hex.EncodeToString(cut[2:]), "version"})
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// TestVectorsAreStable makes the vectors anew and compares: encodings of
// version 1 do not change.
func TestVectorsAreStable(t *testing.T) {
	made := makeVectors(t)
	if *update {
		if err := os.WriteFile(vectorFile, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, committed) {
		t.Errorf("%s is not what the code makes; a format changed", vectorFile)
	}
}

// TestVectors reads the committed vectors as a stranger would.
func TestVectors(t *testing.T) {
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	decode := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var entries [][]byte
	for _, s := range v.Chain {
		entries = append(entries, decode(s))
	}
	c, err := account.ParseChain(entries)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := account.RootsFrom(c, decode(v.Root))
	if err != nil {
		t.Fatal(err)
	}
	var pos Position
	for i, x := range v.Log {
		e, err := ParseEntry(decode(x.Entry))
		if err != nil {
			t.Fatalf("entry %d: %v", i+1, err)
		}
		if i == len(v.Log)-1 {
			for _, r := range v.Refused {
				want, known := refusals[r.Expect]
				if !known {
					t.Fatalf("%s expects %q", r.Name, r.Expect)
				}
				e, err := ParseEntry(decode(r.Entry))
				if err == nil {
					_, _, err = Verify(c, pos, []*Entry{e}, nil)
				}
				if !errors.Is(err, want) {
					t.Errorf("%s: %v, want %s", r.Name, err, r.Expect)
				}
			}
		}
		counted, next, err := Verify(c, pos, []*Entry{e}, nil)
		if err != nil || (len(counted) == 1) != x.Counts || hex.EncodeToString(next.Head.Link[:]) != x.Link {
			t.Fatalf("entry %d: counts %d, %v", i+1, len(counted), err)
		}
		if x.Counts {
			if p, err := Open(roots, e); err != nil || string(p) != x.Payload {
				t.Errorf("payload of entry %d: %v", i+1, err)
			}
		}
		pos = next
	}
}
