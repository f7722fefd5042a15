package itest

import (
	"bytes"
	"crypto/rand"
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	transporthttp "github.com/coffer-chat/coffer/client/transport/http"
	"github.com/coffer-chat/coffer/core/account"
)

// idOf asks the server whose a handle is.
func (w *world) idOf(handle string) account.ID {
	w.tb.Helper()
	c := wire.AccountClient{Doer: w.stranger()}
	r, err := c.Resolve(w.ctx, &wire.ResolveRequest{Handle: handle})
	w.must(err)
	return account.ID(r.Account)
}

// stranger is a connection without a session.
func (w *world) stranger() *transporthttp.Client {
	w.tb.Helper()
	c, err := transporthttp.New(w.http.URL, transporthttp.Options{Token: func() string { return "" }})
	w.must(err)
	return c
}

// TestCloudStranger: the server hands its half to nobody but who holds the
// other, tells a stranger nothing by how it refuses, and takes no proof twice.
func TestCloudStranger(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	dir, bobs := t.TempDir(), t.TempDir()
	k := alice.withCloud(dir)
	code, paper, err := alice.AddCode(w.ctx)
	w.must(err)
	bob.withCloud(bobs)
	_, file := w.only(dir)
	_, bobsFile := w.only(bobs)
	id, bobsID := w.idOf("alice"), w.idOf("bob")
	mine, _, err := account.ParseCloudFile(file, id)
	w.must(err)
	bobsHalf, bobsHolder, err := account.ParseCloudFile(bobsFile, bobsID)
	w.must(err)
	made, err := account.NewCloudHalf(rand.Reader)
	w.must(err)
	c := wire.RecoveryClient{Doer: w.stranger()}
	proof := func(h *account.CloudHalf, host account.Host, id account.ID, k account.KeyholderID) []byte {
		nonce := make([]byte, 32)
		_, _ = rand.Read(nonce)
		b, err := h.Prove(host, id, k, nonce, alice.clock())
		w.must(err)
		return b
	}
	const host = "coffer.example"
	said := map[string]string{}
	for name, b := range map[string][]byte{
		"a made-up half":      proof(made, host, id, k.ID),
		"bob's half":          proof(bobsHalf, host, id, k.ID),
		"bob's own, renamed":  proof(bobsHalf, host, id, bobsHolder),
		"no such keyholder":   proof(mine, host, id, account.KeyholderID{1}),
		"a recovery code":     proof(mine, host, id, paper.ID),
		"no such account":     proof(mine, host, account.ID{1}, k.ID),
		"for another host":    proof(mine, "other.example", id, k.ID),
		"with a bit changed":  flip(proof(mine, host, id, k.ID)),
		"another's keyholder": proof(mine, host, bobsID, bobsHolder),
	} {
		r, err := c.OpenCloudHalf(w.ctx, &wire.OpenCloudHalfRequest{Proof: b})
		if err == nil {
			t.Errorf("%s: got %d bytes", name, len(r.Half))
			continue
		}
		said[err.Error()] = name
	}
	if len(said) != 1 {
		t.Errorf("refusals differ: %q", said)
	}

	right := proof(mine, host, id, k.ID)
	r, err := c.OpenCloudHalf(w.ctx, &wire.OpenCloudHalfRequest{Proof: right})
	w.must(err)
	if holder, err := mine.Keyholder(id, r.Half); err != nil || holder.ID() != k.ID {
		t.Errorf("both halves give another key: %v", err)
	}
	if _, err := c.OpenCloudHalf(w.ctx, &wire.OpenCloudHalfRequest{Proof: right}); err == nil {
		t.Error("a proof was taken twice")
	}
	if bytes.Contains(file, r.Half) {
		t.Error("the cloud holds the server's half")
	}

	// A restricted session is a stranger too: it may file nothing.
	d := w.device("by code")
	_, err = d.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", Code: code})
	w.must(err)
	if _, err := c.PutCloudRecord(w.ctx, &wire.PutCloudRecordRequest{Record: make([]byte, 83)}); err == nil {
		t.Error("somebody without a session filed a record")
	}
}

// TestHostileCloudHalf: a server that hands out another half, or leads to another
// account, opens nothing and is told so.
func TestHostileCloudHalf(t *testing.T) {
	w := newWorld(t)
	alice, mallory := w.register("alice"), w.register("mallory")
	dir := t.TempDir()
	alice.withCloud(dir)
	mallory.withCloud(dir)
	l := w.liar()
	for name, f := range map[string]func([]byte) []byte{
		"altered": flip, "zeros": func([]byte) []byte { return make([]byte, 32) }, "none": func([]byte) []byte { return nil },
		"cut": func(b []byte) []byte { return b[:16] },
	} {
		spoil(l, "OpenCloudHalf", func(_ *pb.OpenCloudHalfRequest, a *pb.OpenCloudHalfResponse) { a.Half = f(a.Half) })
		_, _, err := w.restoreCloud("alice", dir, "")
		if e := w.refused(err, fault.KindIntegrity); e.Promise != fault.PromiseStored {
			t.Errorf("%s: promise %s", name, e.Promise)
		}
		if c := alice.check("cloud"); c.State != client.CheckBroken {
			t.Errorf("%s: vault status says %+v", name, c)
		}
		l.honest()
	}
	// Another account's file lies in the same folder; its chain names another handle.
	other := w.idOf("mallory")
	spoil(l, "Resolve", func(_ *pb.ResolveRequest, a *pb.ResolveResponse) { a.Account = other[:] })
	_, _, err := w.restoreCloud("alice", dir, "")
	if e := w.refused(err, fault.KindIntegrity); e.Promise != fault.PromiseProved {
		t.Errorf("another account: promise %s", e.Promise)
	}
	l.honest()
	if _, _, err := w.restoreCloud("alice", dir, ""); err != nil {
		t.Error(err)
	}
}
