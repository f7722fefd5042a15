package convo

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
)

// TestDepositIsOthersToo recomputes a deposit as another member would.
func TestDepositIsOthersToo(t *testing.T) {
	r := story(t)
	m := r.make(draft{by: "alice/1"})
	r.take(m)
	dora := r.people["dora"]
	for name, g := range r.members {
		secrets := must[*Secrets](t)(SecretsOf(g, r.pos.Record))
		place := r.pos.Place(m.Message, dora.id(), 1)
		if !bytes.Equal(must[[]byte](t)(DepositFor(g, dora.Chain.Vault().KEM, place, secrets)), m.sealed[dora.id()]) {
			t.Errorf("%s computes another deposit", name)
		}
	}
}

// TestDepositPlace opens a deposit at every place but its own.
func TestDepositPlace(t *testing.T) {
	r := story(t)
	m := r.make(draft{by: "alice/1"})
	r.take(m)
	dora, bob := r.people["dora"], r.people["bob"]
	kem, sealed := dora.Roots.Current().KEM(), m.sealed[dora.id()]
	place := func() *DepositPlace { return r.pos.Place(m.Message, dora.id(), 1) }
	if _, err := r.pos.Open(kem, place(), sealed); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(p *DepositPlace){
		"conversation": func(p *DepositPlace) { p.Conversation[0] ^= 1 }, "generation": func(p *DepositPlace) { p.Generation++ },
		"epoch": func(p *DepositPlace) { p.Epoch++ }, "commit": func(p *DepositPlace) { p.Commit[0] ^= 1 },
		"account": func(p *DepositPlace) { p.Account = bob.id() }, "vault epoch": func(p *DepositPlace) { p.VaultEpoch++ },
	} {
		p := place()
		change(p)
		if _, err := OpenDeposit(kem, p, sealed); !errors.Is(err, ErrBadDeposit) {
			t.Errorf("opens with another %s: %v", name, err)
		}
	}
	for name, d := range map[string][]byte{
		"nothing": nil, "a kind only": {depositKind}, "another kind": append([]byte{2}, sealed[1:]...), "cut": sealed[:len(sealed)-1],
		"longer": append(bytes.Clone(sealed), 0), "another's": m.sealed[bob.id()], "of another epoch": r.walked[0].sealed[dora.id()],
	} {
		if _, err := OpenDeposit(kem, place(), d); !errors.Is(err, ErrBadDeposit) {
			t.Errorf("opens %s: %v", name, err)
		}
	}
	if _, err := OpenDeposit(bob.Roots.Current().KEM(), place(), sealed); !errors.Is(err, ErrBadDeposit) {
		t.Errorf("opens with another's vault: %v", err)
	}
}

// TestDepositOfAnotherRecord lets a committer deposit secrets with a false record.
func TestDepositOfAnotherRecord(t *testing.T) {
	r := story(t)
	m := r.make(draft{by: "alice/1", deposit: func(_ account.ID, _ *DepositPlace, s *Secrets) { s.RecordHash[0] ^= 1 }})
	r.take(m)
	dora := r.people["dora"]
	if _, err := r.pos.Open(dora.Roots.Current().KEM(), r.pos.Place(m.Message, dora.id(), 1), m.sealed[dora.id()]); !errors.Is(err, ErrBadRecord) {
		t.Error(err)
	}
}

// TestDepositOfFalseSecrets lets a committer deposit keys that are none: the
// reader opens nothing with them, and whoever recomputes notices.
func TestDepositOfFalseSecrets(t *testing.T) {
	r := story(t)
	m := r.make(draft{by: "alice/1", deposit: func(_ account.ID, _ *DepositPlace, s *Secrets) { s.EncryptionSecret[0] ^= 1 }})
	r.take(m)
	dora := r.people["dora"]
	place := r.pos.Place(m.Message, dora.id(), 1)
	s, err := r.pos.Open(dora.Roots.Current().KEM(), place, m.sealed[dora.id()])
	r.check(err)
	reader := must[*mls.EpochReader](t)(r.pos.Record.Reader(s.History()))
	msg := must[[]byte](t)(r.members["bob/1"].Seal(r.rand, mls.SealOptions{}, []byte("hello")))
	if _, err := reader.Open(msg); !errors.Is(err, mls.ErrDecrypt) {
		t.Errorf("a message opens with false keys: %v", err)
	}
	right := must[*Secrets](t)(SecretsOf(r.members["bob/1"], r.pos.Record))
	filed := must[[]byte](t)(DepositFor(r.members["bob/1"], dora.Chain.Vault().KEM, place, right))
	if bytes.Equal(filed, m.sealed[dora.id()]) {
		t.Error("the false deposit is what others compute")
	}
	if s, err = r.pos.Open(dora.Roots.Current().KEM(), place, filed); err != nil {
		t.Fatal(err)
	}
	reader = must[*mls.EpochReader](t)(r.pos.Record.Reader(s.History()))
	if _, err := reader.Open(msg); err != nil {
		t.Errorf("with the deposit filed in its place: %v", err)
	}
}

// TestDeposited hands out deposits that are not the account's.
func TestDeposited(t *testing.T) {
	r := story(t)
	m := r.make(draft{by: "alice/1"})
	r.take(m)
	dora, bob := r.people["dora"].id(), r.people["bob"].id()
	if err := r.pos.Deposited(m.Bundle, dora, m.given(dora)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(d *GivenDeposit){
		"another's":            func(d *GivenDeposit) { *d = *m.given(bob) },
		"another's ciphertext": func(d *GivenDeposit) { d.Sealed = m.sealed[bob] },
		"another epoch's":      func(d *GivenDeposit) { d.Sealed = r.walked[0].sealed[dora] },
		"wrong index":          func(d *GivenDeposit) { d.Index ^= 1 },
		"negative index":       func(d *GivenDeposit) { d.Index = -1 },
		"index beyond":         func(d *GivenDeposit) { d.Index = 4 },
		"vault epoch":          func(d *GivenDeposit) { d.VaultEpoch++ },
		"no proof":             func(d *GivenDeposit) { d.Proof = nil },
		"proof cut":            func(d *GivenDeposit) { d.Proof = d.Proof[:1] },
		"proof too long":       func(d *GivenDeposit) { d.Proof = append(slices.Clone(d.Proof), [32]byte{}) },
		"proof reversed":       func(d *GivenDeposit) { d.Proof = slices.Clone(d.Proof); slices.Reverse(d.Proof) },
	} {
		d := *m.given(dora)
		change(&d)
		if err := r.pos.Deposited(m.Bundle, dora, &d); !errors.Is(err, ErrNotDeposited) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, count := range []uint32{0, 1, 2, 1 << 31, 1<<32 - 1} {
		b := *m.Bundle
		b.DepositCount = count
		d := *m.given(dora)
		if err := r.pos.Deposited(&b, dora, &d); !errors.Is(err, ErrNotDeposited) {
			t.Errorf("count %d: %v", count, err)
		}
	}
	if err := r.pos.Deposited(m.Bundle, r.people["eve"].id(), m.given(dora)); !errors.Is(err, ErrNotDeposited) {
		t.Errorf("for a stranger: %v", err)
	}
}

// TestVaultOff gives no deposit to who wants none.
func TestVaultOff(t *testing.T) {
	r := story(t)
	dora := r.people["dora"]
	u, err := dora.Chain.SetVault(r.rand, r.by(dora), dora.Roots, false)
	r.check(err)
	dora.Update = u
	m := r.make(draft{by: "alice/1"})
	r.take(m)
	if m.given(dora.id()) != nil || m.Bundle.DepositCount != 3 {
		t.Error("a deposit for a vault that is off")
	}
}

// TestDepositTree proves every leaf of trees of all small sizes, and nothing else.
func TestDepositTree(t *testing.T) {
	for n := 1; n <= 20; n++ {
		leaves := make([][32]byte, n)
		for i := range leaves {
			leaves[i] = DepositLeaf(account.ID{byte(i)}, 1, []byte{byte(n)})
		}
		root := DepositRoot(leaves)
		for i := range leaves {
			proof := DepositProof(leaves, i)
			for j := range leaves {
				for count := n - 1; count <= n+1; count++ {
					err := CheckDepositProof(root, leaves[i], j, count, proof)
					// In another tree the same proof may lead to the same root only
					// where index and count say so.
					if i == j && count == n {
						if err != nil {
							t.Fatalf("leaf %d of %d: %v", i, n, err)
						}
					} else if i != j && count == n && err == nil {
						t.Fatalf("leaf %d of %d proved at %d", i, n, j)
					}
				}
				if i != j && CheckDepositProof(root, leaves[j], i, n, proof) == nil {
					t.Fatalf("leaf %d proved in place of %d", j, i)
				}
			}
		}
	}
	if DepositRoot(nil) == DepositRoot([][32]byte{{}}) {
		t.Error("no deposits and one look alike")
	}
	if err := CheckDepositProof([32]byte{}, [32]byte{}, 0, MaxParticipants+1, nil); !errors.Is(err, ErrNotDeposited) {
		t.Error(err)
	}
	if err := CheckDepositProof([32]byte{}, [32]byte{}, 0, 2, make([][32]byte, 40)); !errors.Is(err, ErrNotDeposited) {
		t.Error(err)
	}
}

// TestSecretsAreHidden prints them every way.
func TestSecretsAreHidden(t *testing.T) {
	s := &Secrets{EncryptionSecret: []byte("encryption secret"), SenderDataSecret: []byte("sender data secret"), JoinKey: [32]byte{0xab, 0xcd}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		for _, v := range []any{s, *s} {
			out := fmt.Sprintf(verb, v)
			if strings.Contains(out, "secret") || strings.Contains(out, "656e63") || strings.Contains(out, "101 110 99") || strings.Contains(out, "abcd") {
				t.Errorf("%s of %T shows %q", verb, v, out)
			}
		}
	}
	s.Erase()
	if !bytes.Equal(s.EncryptionSecret, make([]byte, 17)) || s.JoinKey != [32]byte{} {
		t.Error("not erased")
	}
}
