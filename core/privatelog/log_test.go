package privatelog

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/account"
)

var testTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is an account with two devices, and its private log.
type world struct {
	t             *testing.T
	rand          *rand.ChaCha8
	laptop, phone *account.KeyholderSecret
	*account.Update
	log []*Entry
	pos account.LogHead
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, rand: rand.NewChaCha8([32]byte{9})}
	w.laptop, w.phone = w.device(), w.device()
	w.take(account.NewGenesis(w.rand, testTime, "alice", "chat.example", w.laptop, "laptop"))
	w.take(w.Chain.Add(w.rand, w.author(w.laptop), w.Roots, w.phone.Join(w.Chain.ID(), "phone", account.RealmSet{})))
	return w
}

func (w *world) device() *account.KeyholderSecret {
	w.t.Helper()
	s, err := account.GenerateKeyholder(w.rand)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) author(s *account.KeyholderSecret) account.Author {
	return account.Author{Secret: s, Time: testTime, LogHead: w.pos}
}

func (w *world) take(u *account.Update, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	w.Update = u
}

func (w *world) seal(by *account.KeyholderSecret, c *account.Chain, r *account.Roots, payload string) *Entry {
	w.t.Helper()
	e, err := Seal(w.rand, by, testTime, c, r, w.pos, []byte(payload))
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// write appends an entry by a device.
func (w *world) write(by *account.KeyholderSecret, payload string) *Entry {
	w.t.Helper()
	e := w.seal(by, w.Chain, w.Roots, payload)
	w.append(e)
	return e
}

func (w *world) append(e *Entry) {
	w.log = append(w.log, e)
	w.pos = e.Head(w.Chain.ID())
}

// remove removes the phone; of the log as far as it wrote it, head counts.
func (w *world) remove(head account.LogHead) {
	w.t.Helper()
	list := []account.Removal{{Keyholder: w.phone.ID(), Reason: account.ReasonCompromised, LogHead: head}}
	w.take(w.Chain.Remove(w.rand, w.author(w.laptop), w.Roots, list))
}

func (w *world) verify() ([]*Entry, Position, error) {
	return Verify(w.Chain, Position{}, w.log, nil)
}

func (w *world) payloads(entries []*Entry) string {
	w.t.Helper()
	all := ""
	for _, e := range entries {
		b, err := Open(w.Roots, e)
		if err != nil {
			w.t.Fatal(err)
		}
		all += string(b) + " "
	}
	return all
}

func TestWriteAndRead(t *testing.T) {
	w := newWorld(t)
	w.write(w.laptop, "a")
	w.write(w.phone, "b")
	w.take(w.Chain.SetVault(w.rand, w.author(w.laptop), w.Roots, false))
	w.write(w.phone, "c")
	for i, e := range w.log {
		parsed, err := ParseEntry(e.Marshal())
		if err != nil || !bytes.Equal(parsed.Marshal(), e.Marshal()) {
			t.Fatalf("entry %d after a round trip: %v", i, err)
		}
		w.log[i] = parsed
	}
	entries, pos, err := w.verify()
	if err != nil {
		t.Fatal(err)
	}
	if got := w.payloads(entries); got != "a b c " || pos.Head != w.pos || CheckEnd(w.Chain, pos) != nil {
		t.Errorf("read %q", got)
	}
	// In two parts, and with the signatures in parallel.
	_, half, err := Verify(w.Chain, Position{}, w.log[:2], nil)
	if err != nil {
		t.Fatal(err)
	}
	entries, whole, err := Verify(w.Chain, half, w.log[2:], func(n int, f func(int)) {
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() { f(i) })
		}
		wg.Wait()
	})
	if err != nil || whole != pos || w.payloads(entries) != "c " {
		t.Errorf("second part: %v", err)
	}
}

func TestSizesAreHidden(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ payload, ciphertext int }{{0, 296}, {1, 296}, {255, 296}, {256, 312}, {1 << 16, 67584 + 40}} {
		e := w.seal(w.laptop, w.Chain, w.Roots, string(make([]byte, c.payload)))
		if len(e.Ciphertext) != c.ciphertext {
			t.Errorf("payload of %d bytes: ciphertext of %d, want %d", c.payload, len(e.Ciphertext), c.ciphertext)
		}
	}
	if _, err := Seal(w.rand, w.laptop, testTime, w.Chain, w.Roots, w.pos, make([]byte, MaxPayload+1)); !errors.Is(err, ErrSize) {
		t.Errorf("payload too large: %v", err)
	}
	e := w.seal(w.laptop, w.Chain, w.Roots, string(make([]byte, MaxPayload)))
	if _, err := ParseEntry(e.Marshal()); err != nil {
		t.Errorf("largest payload: %v", err)
	}
}

func TestErase(t *testing.T) {
	w := newWorld(t)
	w.write(w.laptop, "a")
	w.write(w.laptop, "b")
	erased, err := ParseEntry(w.log[0].Erase().Marshal())
	if err != nil {
		t.Fatal(err)
	}
	w.log[0] = erased
	entries, _, err := w.verify()
	if err != nil || len(entries) != 2 {
		t.Fatalf("with an erased entry: %v", err)
	}
	if _, err := Open(w.Roots, entries[0]); !errors.Is(err, ErrErased) {
		t.Errorf("erased entry: %v", err)
	}
}

// TestRemovedDevice: what a removed device wrote beyond the head that its
// removal names is linked but does not count.
func TestRemovedDevice(t *testing.T) {
	w := newWorld(t)
	w.write(w.phone, "a")
	head := w.pos
	w.write(w.laptop, "b")
	before, roots := w.Chain, w.Roots
	w.append(w.seal(w.phone, before, roots, "c"))
	w.remove(head)
	w.write(w.laptop, "d")
	entries, pos, err := w.verify()
	if err != nil {
		t.Fatal(err)
	}
	if got := w.payloads(entries); got != "a b d " || pos.Head.Seq != 4 {
		t.Errorf("read %q up to %d", got, pos.Head.Seq)
	}
}

func TestVerifyRefuses(t *testing.T) {
	cases := map[string]struct {
		want error
		make func(w *world)
	}{
		"gap":   {ErrSequence, func(w *world) { w.log = append(w.log[:1:1], w.log[2:]...) }},
		"order": {ErrSequence, func(w *world) { w.log[0], w.log[1] = w.log[1], w.log[0] }},
		"twice": {ErrSequence, func(w *world) { w.log = append(w.log[:1:1], w.log...) }},
		"another predecessor": {ErrLink, func(w *world) {
			other := w.seal(w.laptop, w.Chain, w.Roots, "x")
			other.Seq, w.log[1] = 2, other
		}},
		"seq altered":            {ErrSequence, func(w *world) { w.log[2].Seq++ }},
		"time altered":           {ErrSignature, func(w *world) { w.log[2].Time++ }},
		"device altered":         {ErrSignature, func(w *world) { w.log[2].Device = w.phone.ID() }},
		"text altered":           {ErrSignature, func(w *world) { w.log[2].CiphertextHash[0]++ }},
		"signature of another":   {ErrSignature, func(w *world) { w.log[2].Signature = w.log[0].Signature }},
		"other account's writer": {ErrDevice, func(w *world) { w.append(w.seal(w.device(), w.Chain, w.Roots, "x")) }},
		"recovery method writes": {ErrDevice, func(w *world) {
			code, err := account.DeriveKeyholder(make([]byte, 32), w.Chain.ID(), account.KindCode)
			if err != nil {
				w.t.Fatal(err)
			}
			w.take(w.Chain.Add(w.rand, w.author(w.laptop), w.Roots, code.Join(w.Chain.ID(), "", account.RealmSet{})))
			w.append(w.seal(code, w.Chain, w.Roots, "x"))
		}},
		"device before it was added": {ErrDevice, func(w *world) {
			tablet, before, roots := w.device(), w.Chain, w.Roots
			w.take(w.Chain.Add(w.rand, account.Author{Secret: w.laptop, Time: testTime}, w.Roots, tablet.Join(w.Chain.ID(), "", account.RealmSet{})))
			w.append(w.seal(tablet, before, roots, "x"))
		}},
		"removed device at a head without it": {ErrDevice, func(w *world) {
			w.remove(w.pos)
			w.append(w.seal(w.phone, w.Chain, w.Roots, "x"))
		}},
		"older vault epoch": {ErrVaultEpoch, func(w *world) {
			roots := w.Roots
			w.take(w.Chain.SetVault(w.rand, w.author(w.laptop), w.Roots, false))
			e := w.seal(w.laptop, w.Chain, w.Roots, "x")
			e.VaultEpoch = roots.Current().Epoch()
			w.append(e)
		}},
		"chain head goes back": {ErrChainOlder, func(w *world) {
			before, roots := w.Chain, w.Roots
			w.take(w.Chain.SetRealms(account.Author{Secret: w.laptop, Time: testTime}, w.Roots, account.RealmSet{}))
			w.write(w.laptop, "x")
			w.append(w.seal(w.laptop, before, roots, "y"))
		}},
		"head of a fork": {account.ErrFork, func(w *world) {
			fork, err := w.Chain.SetRealms(account.Author{Secret: w.laptop, Time: testTime}, w.Roots, account.RealmSet{})
			if err != nil {
				w.t.Fatal(err)
			}
			w.append(w.seal(w.laptop, fork.Chain, w.Roots, "x"))
		}},
		"chain names another link": {ErrLink, func(w *world) {
			w.pos.Link[0]++
			w.take(w.Chain.SetRealms(w.author(w.laptop), w.Roots, account.RealmSet{}))
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, p := range []string{"a", "b", "c"} {
				w.write(w.laptop, p)
			}
			if _, _, err := w.verify(); err != nil {
				t.Fatal(err)
			}
			c.make(w)
			entries, pos, err := w.verify()
			if !errors.Is(err, c.want) || entries != nil || pos != (Position{}) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestTruncatedLog(t *testing.T) {
	w := newWorld(t)
	w.write(w.laptop, "a")
	w.write(w.laptop, "b")
	w.take(w.Chain.SetRealms(w.author(w.laptop), w.Roots, account.RealmSet{}))
	w.log = w.log[:1]
	_, pos, err := w.verify()
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckEnd(w.Chain, pos); !errors.Is(err, ErrTruncated) {
		t.Errorf("log without its last entry: %v", err)
	}
}

func TestCheckAppend(t *testing.T) {
	w := newWorld(t)
	pos, err := CheckAppend(w.Chain, Position{}, w.write(w.phone, "a"))
	if err != nil {
		t.Fatal(err)
	}
	stale := w.seal(w.laptop, w.Chain, w.Roots, "b")
	byPhone := w.seal(w.phone, w.Chain, w.Roots, "c")
	w.remove(w.pos)
	if _, err := CheckAppend(w.Chain, pos, stale); !errors.Is(err, ErrVaultEpoch) {
		t.Errorf("older vault epoch: %v", err)
	}
	byPhone.VaultEpoch = w.Chain.Vault().Number
	if _, err := CheckAppend(w.Chain, pos, byPhone); !errors.Is(err, ErrDevice) {
		t.Errorf("removed device: %v", err)
	}
	next, err := CheckAppend(w.Chain, pos, w.write(w.laptop, "d"))
	if err != nil || next.Head != w.pos {
		t.Errorf("current entry: %v", err)
	}
	if _, err := CheckAppend(w.Chain, next, w.log[len(w.log)-1]); !errors.Is(err, ErrSequence) {
		t.Errorf("the same again: %v", err)
	}
}

// TestOpenRefuses: whatever is wrong, the error is the same.
func TestOpenRefuses(t *testing.T) {
	w := newWorld(t)
	good := w.write(w.laptop, "a")
	other := newWorld(t)
	other.take(other.Chain.SetVault(other.rand, other.author(other.laptop), other.Roots, false))
	change := func(f func(e *Entry)) *Entry {
		e := *good
		e.Ciphertext = bytes.Clone(e.Ciphertext)
		f(&e)
		return &e
	}
	for name, e := range map[string]*Entry{
		"seq":            change(func(e *Entry) { e.Seq++ }),
		"device":         change(func(e *Entry) { e.Device = w.phone.ID() }),
		"vault epoch":    change(func(e *Entry) { e.VaultEpoch++ }),
		"no vault epoch": change(func(e *Entry) { e.VaultEpoch = 0 }),
		"nonce":          change(func(e *Entry) { e.Ciphertext[0]++ }),
		"text":           change(func(e *Entry) { e.Ciphertext[30]++ }),
		"tag":            change(func(e *Entry) { e.Ciphertext[len(e.Ciphertext)-1]++ }),
		"short":          change(func(e *Entry) { e.Ciphertext = e.Ciphertext[:20] }),
		"no tag":         change(func(e *Entry) { e.Ciphertext = e.Ciphertext[:30] }),
	} {
		if _, err := Open(w.Roots, e); err != ErrOpen {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Seal(w.rand, w.laptop, testTime, other.Chain, w.Roots, w.pos, nil); !errors.Is(err, account.ErrRoot) {
		t.Errorf("roots of a shorter chain: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	w := newWorld(t)
	good := w.write(w.laptop, "a").Marshal()
	second := w.write(w.laptop, "b").Marshal()
	edit := func(b []byte, at int, v ...byte) []byte {
		b = bytes.Clone(b)
		copy(b[at:], v)
		return b
	}
	zero := make([]byte, 40)
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"nothing":               {nil, ErrMalformed},
		"version 2":             {edit(good, 1, 2), ErrVersion},
		"seq 0":                 {edit(good, 2, zero[:8]...), ErrMalformed},
		"first with a link":     {edit(good, 10, 1), ErrMalformed},
		"second without a link": {edit(second, 10, zero[:32]...), ErrMalformed},
		"no chain head":         {edit(good, 58, zero...), ErrMalformed},
		"no vault epoch":        {edit(good, 98, zero[:8]...), ErrMalformed},
		"ciphertext altered":    {edit(good, 200, 1, 2, 3), ErrMalformed},
		"data after":            {append(bytes.Clone(good), 0), ErrMalformed},
		"too large":             {make([]byte, MaxEntry+1), ErrSize},
	} {
		if _, err := ParseEntry(c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for n := range good {
		if _, err := ParseEntry(good[:n]); err == nil {
			t.Fatalf("accepted %d of %d bytes", n, len(good))
		}
	}
}

func FuzzParseEntry(f *testing.F) {
	r := rand.NewChaCha8([32]byte{9})
	device, err := account.GenerateKeyholder(r)
	if err != nil {
		f.Fatal(err)
	}
	u, err := account.NewGenesis(r, testTime, "alice", "chat.example", device, "")
	if err != nil {
		f.Fatal(err)
	}
	e, err := Seal(r, device, testTime, u.Chain, u.Roots, account.LogHead{}, []byte("hello"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(e.Marshal())
	f.Add(e.Erase().Marshal())
	f.Add([]byte{0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := ParseEntry(data)
		if err != nil {
			return
		}
		if !bytes.Equal(e.Marshal(), data) {
			t.Fatal("two encodings of one entry")
		}
		_, _, _ = Verify(u.Chain, Position{}, []*Entry{e}, nil)
		_, _ = Open(u.Roots, e)
		_ = fmt.Sprint(e.ClaimedTime())
	})
}
