package account

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// closed is alice's account with a second device and a code, closed by the first.
func closed(t *testing.T) (w *world, phone, code *KeyholderSecret, entry *Entry, after *Chain) {
	t.Helper()
	w = newWorld(t)
	phone, code = w.newDevice(), w.newMethod(KindCode)
	w.add(w.device, phone, "phone")
	w.add(w.device, code, "code")
	entry, after, err := w.Chain.Close(w.author(w.device))
	if err != nil {
		t.Fatal(err)
	}
	return w, phone, code, entry, after
}

// TestClose: after the end nobody is a keyholder, the vault is off, nothing can
// follow, and what came before is as it was.
func TestClose(t *testing.T) {
	w, phone, code, entry, after := closed(t)
	if at, ok := after.ClosedAt(); !ok || at != 4 || len(after.Keyholders()) != 0 || after.VaultOn() {
		t.Errorf("closed at %d %v, %d keyholders, vault %v", at, ok, len(after.Keyholders()), after.VaultOn())
	}
	if !after.VaultOnAt(3) || !after.ActiveAt(phone.ID(), 3) || after.ActiveAt(phone.ID(), 4) || len(after.SealsTo()) != 0 {
		t.Error("the end reaches back, or seals to somebody")
	}
	if _, open := w.Chain.ClosedAt(); open || !w.Chain.VaultOn() {
		t.Error("closing changed the chain before")
	}
	k, _ := after.Keyholder(phone.ID())
	if k.Removal.Reason != ReasonClosed {
		t.Errorf("the phone was removed for %d", k.Removal.Reason)
	}
	parsed, err := ParseEntry(entry.Marshal())
	if err != nil || !bytes.Equal(parsed.Marshal(), entry.Marshal()) {
		t.Fatalf("the entry does not come back: %v", err)
	}
	if _, err := after.SetRealms(w.author(w.device), w.Roots, RealmSet{}); !errors.Is(err, ErrNotActive) {
		t.Errorf("a device goes on: %v", err)
	}
	if _, err := after.Recover(w.rand, w.author(code), w.Roots, w.newDevice().Join(after.ID(), "x", RealmSet{})); !errors.Is(err, ErrNotActive) {
		t.Errorf("a code recovers a closed account: %v", err)
	}
	if _, _, err := after.Close(w.author(phone)); !errors.Is(err, ErrNotActive) {
		t.Errorf("closed twice: %v", err)
	}
	if _, _, err := w.Chain.Close(w.author(code)); !errors.Is(err, ErrNoAuthority) {
		t.Errorf("a code closes: %v", err)
	}
	forged := *entry
	forged.Signature = bytes.Clone(entry.Signature)
	forged.Signature[5] ^= 1
	if _, err := w.Chain.Append(&forged); !errors.Is(err, ErrSignature) {
		t.Errorf("a forged end: %v", err)
	}
	countersigned := *entry
	countersigned.Countersignature = entry.Signature
	if _, err := w.Chain.Append(&countersigned); !errors.Is(err, ErrCountersignature) {
		t.Errorf("a countersigned end: %v", err)
	}
	// No entry can claim the reason that only an end has.
	if _, err := w.Chain.Remove(w.rand, w.author(w.device), w.Roots, []Removal{{Keyholder: phone.ID(), Reason: ReasonClosed}}); !errors.Is(err, ErrRemoval) {
		t.Errorf("removed as closed: %v", err)
	}
}

// TestCloseProof: who signed the end can ask for it, before and after; nobody else.
func TestCloseProof(t *testing.T) {
	w, phone, code, _, after := closed(t)
	nonce := make([]byte, MinNonce)
	prove := func(s *KeyholderSecret, host Host, at time.Time) SignIn {
		b, err := s.CloseProof(host, after.ID(), nonce, at)
		if err != nil {
			t.Fatal(err)
		}
		p, err := ParseSignIn(b)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	right := prove(w.device, "chat.example", w.now)
	for _, c := range []*Chain{w.Chain, after} {
		if err := c.VerifyCloseProof(right, "chat.example", w.device.ID(), w.now, time.Minute); err != nil {
			t.Error(err)
		}
	}
	signIn, err := w.device.SignIn("chat.example", after.ID(), nonce, w.now)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ParseSignIn(signIn)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		proof  SignIn
		signer KeyholderID
	}{
		"a sign-in":         {other, w.device.ID()},
		"another host":      {prove(w.device, "evil.example", w.now), w.device.ID()},
		"an old one":        {prove(w.device, "chat.example", w.now.Add(-2*time.Minute)), w.device.ID()},
		"another signer":    {right, phone.ID()},
		"the other device":  {prove(phone, "chat.example", w.now), phone.ID()},
		"a recovery method": {prove(code, "chat.example", w.now), code.ID()},
		"nobody known":      {prove(w.newDevice(), "chat.example", w.now), KeyholderID{1}},
	} {
		if err := after.VerifyCloseProof(x.proof, "chat.example", x.signer, w.now, time.Minute); !errors.Is(err, ErrSignIn) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// closingReceipt is the example of spec/closing.md.
func closingReceipt() *Receipt {
	r := &Receipt{
		Host: "chat.example", Handle: "alice", Account: ID{0xa1}, Head: Head{9, Hash{0xc1}}, Time: 1772366400000,
		Lines: []Erased{{ErasedPrivateLog, 12}, {ErasedDeposits, 3}, {KeptChain, 9}},
	}
	SignReceipt(r, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)))
	return r
}

// TestReceipt: it comes back as it was signed; no byte of it can change.
func TestReceipt(t *testing.T) {
	raw := closingReceipt().Marshal()
	r, err := ParseReceipt(raw)
	if err != nil || r.Head.Seq != 9 || len(r.Lines) != 3 || r.Lines[2].Kind.String() != "keptChain" || !r.Lines[2].Kind.Kept() {
		t.Fatalf("%+v, %v", r, err)
	}
	for i := range raw {
		bad := bytes.Clone(raw)
		bad[i] ^= 1
		if _, err := ParseReceipt(bad); err == nil {
			t.Errorf("byte %d can be changed", i)
		}
	}
	if _, err := ParseReceipt(raw[:len(raw)-1]); err == nil {
		t.Error("a receipt cut short is taken")
	}
	if _, err := ParseReceipt(make([]byte, MaxReceipt+1)); !errors.Is(err, ErrMalformed) {
		t.Error("an endless receipt is taken")
	}
	twice := closingReceipt()
	twice.Lines = []Erased{{KeptChain, 1}, {KeptChain, 2}}
	SignReceipt(twice, ed25519.NewKeyFromSeed(make([]byte, 32)))
	if _, err := ParseReceipt(twice.Marshal()); !errors.Is(err, ErrMalformed) {
		t.Error("a receipt that counts twice is taken")
	}
}

var showClosing = flag.Bool("show-closing", false, "print the example of spec/closing.md")

// TestClosingPage holds the page's example to the code.
func TestClosingPage(t *testing.T) {
	page, err := os.ReadFile("../../spec/closing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, ok := strings.Cut(string(page), "```example\n")
	if !ok {
		t.Fatal("the page has no example")
	}
	example, _, _ = strings.Cut(example, "```")
	want := hex.EncodeToString(closingReceipt().Marshal())
	if *showClosing {
		t.Log(want)
	}
	if got := regexp.MustCompile(`\s+`).ReplaceAllString(example, ""); got != want {
		t.Errorf("the page shows\n%s\nwant\n%s", got, want)
	}
}

// FuzzParseReceipt: no input panics, and what is taken is in its one form.
func FuzzParseReceipt(f *testing.F) {
	f.Add(closingReceipt().Marshal())
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := ParseReceipt(data); err == nil && !bytes.Equal(r.Marshal(), data) {
			t.Error("a receipt has two forms")
		}
	})
}
