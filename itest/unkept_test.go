package itest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// whys returns, of what a device cannot read, who posted it and why.
func (d *device) whys(with string) (out []string) {
	d.w.tb.Helper()
	h, err := d.History(d.w.ctx, with, client.Page{})
	d.w.must(err)
	for _, m := range h {
		if m.Unreadable {
			out = append(out, m.SenderHandle+": "+string(m.Why))
		}
	}
	return out
}

// notKept returns how many messages a restore says were not kept, with the reasons.
func notKept(r *client.Restored) (n int64, reasons string) {
	for _, g := range r.Unkept {
		n += g.Messages
		reasons += g.Reason + "\n"
	}
	return n, reasons
}

// TestUnkept: what was sent while one's vault was off is named as such after a
// restore and counted, whether the server still has it or not, and a device that
// has it says how much no restore would bring back.
func TestUnkept(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "kept")
	alice.vault(false)
	bob.sync()
	bob.say("alice", "bob keeps this")
	gone := bob.say("alice", "nobody wants this")
	alice.sync()
	w.must(alice.DeleteForMe(w.ctx, gone.ID.String()))
	bob.vault(false)
	alice.sync()
	dropped := bob.say("alice", "nobody keeps this")
	for range 2 {
		alice.sync()
		bob.sync()
	}
	if w.keeps(alice.talk().ID, dropped.Seq) {
		t.Fatal("the server keeps what nobody's vault does")
	}
	alice.vault(true)
	bob.sync()
	bob.say("alice", "kept again")

	again, r, err := w.restoreCode("alice", code)
	w.must(err)
	w.intact(r, 2)
	if n, why := notKept(r); n != 2 || why != "sent while your vault was off\n" {
		t.Errorf("%d not kept: %s", n, why)
	}
	if got, want := again.whys("bob"), []string{"bob: vaultOff", "bob: vaultOff"}; !slices.Equal(got, want) {
		t.Errorf("unreadable: %q, want %q", got, want)
	}
	if got := again.readable("bob"); got != "alice: kept\nbob: kept again" {
		t.Errorf("what is readable:\n%s", got)
	}
	for _, d := range []*device{alice, again} {
		v, err := d.VaultStatus(w.ctx)
		w.must(err)
		if i := slices.IndexFunc(v.Checks, func(c client.Check) bool { return c.Name == "not kept" }); v.Unkept != 2 || i < 0 || !strings.Contains(v.Checks[i].Detail, "2 messages in 1 conversation") {
			t.Errorf("%s: %d not kept: %+v", d.name, v.Unkept, v.Checks)
		}
	}
	if got := alice.whys("bob"); got != nil {
		t.Errorf("the device that was there cannot read %q", got)
	}
	v, err := bob.VaultStatus(w.ctx) // whose own vault went off last
	w.must(err)
	if v.Unkept != 2 {
		t.Errorf("bob: %d not kept, want what came after he turned it off", v.Unkept)
	}
}

// TestHostileUnkept: a server cannot pass off what it withholds as sent while the
// vault was off, neither a deposit nor a message, though the account's vault was
// off at another time.
func TestHostileUnkept(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	alice.vault(false)
	bob.sync()
	off := bob.say("alice", "not kept")
	alice.vault(true)
	bob.sync()
	kept := bob.say("alice", "kept")
	l := w.liar()

	spoil(l, "ReadEpochs", func(_ *pb.ReadEpochsRequest, a *pb.ReadEpochsResponse) {
		for _, b := range a.Bundles {
			if b.Seq > off.Seq {
				b.Deposit, b.Repaired, b.DepositProof = nil, nil, nil
			}
		}
	})
	_, r, err := w.restoreCode("alice", code)
	l.honest()
	w.misbehaved(err, fault.PromiseStored)
	if n, why := notKept(r); n > 0 {
		t.Errorf("a deposit that is withheld counts as not kept: %d %s", n, why)
	}

	// The tables that say which epochs were without the vault are the committer's.
	var table []byte
	spoil(l, "ReadEpochs", func(_ *pb.ReadEpochsRequest, a *pb.ReadEpochsResponse) {
		for _, b := range a.Bundles {
			if b.Seq < off.Seq {
				table = b.HeadTable
			} else if b.Seq > off.Seq {
				b.HeadTable, b.Deposit, b.Repaired, b.DepositProof = table, nil, nil, nil
			}
		}
	})
	_, _, err = w.restoreCode("alice", code)
	l.honest()
	w.misbehaved(err, fault.PromiseProved)

	l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
		for _, x := range a.Entries {
			if x.Seq == kept.Seq {
				erased(x)
			}
		}
	})
	again, r, err := w.restoreCode("alice", code)
	l.honest()
	w.must(err)
	if n, _ := notKept(r); n != 1 || r.Intact() || len(r.Gaps) != 1 || r.Gaps[0].From != kept.Seq {
		t.Errorf("a message that is withheld: %d not kept, gaps %+v", n, r.Gaps)
	}
	if got, want := again.whys("bob"), []string{"bob: vaultOff"}; !slices.Equal(got, want) {
		t.Errorf("unreadable: %q, want %q", got, want)
	}
}

// TestHostileUnheard: a server that hides from the others that a vault is on again
// has nothing of that time called sent while it was off.
func TestHostileUnheard(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	alice.vault(false)
	bob.sync()
	bob.say("alice", "off")
	l := w.liar()
	fake(l, "PostCommit", func(*pb.PostCommitRequest) *pb.PostCommitResponse { panic(http.ErrAbortHandler) })
	v, err := alice.SetVault(w.ctx, true)
	if l.honest(); err != nil || v.Pending != 1 {
		t.Fatalf("%+v, %v, want one pending", v, err)
	}
	bob.say("alice", "on, and bob does not know")
	again, r, err := w.restoreCode("alice", code)
	w.must(err)
	if n, why := notKept(r); n != 2 || why != "sent while your vault was off\nsent after you had turned your vault on again, before this conversation heard of it\n" {
		t.Errorf("%d not kept: %s", n, why)
	}
	if got, want := again.whys("bob"), []string{"bob: vaultOff", "bob: vaultUnheard"}; !slices.Equal(got, want) {
		t.Errorf("unreadable: %q, want %q", got, want)
	}
}
