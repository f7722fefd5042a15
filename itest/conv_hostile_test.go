package itest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// spoiler alters answers of the server on their way.
type spoiler struct {
	alter atomic.Pointer[func(procedure string, body []byte) []byte]
}

func (s *spoiler) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		f := s.alter.Load()
		if f == nil {
			next.ServeHTTP(rw, r)
			return
		}
		r.Header.Del("Accept-Encoding")
		r.Header.Del("Connect-Accept-Encoding")
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		if rec.Code == http.StatusOK {
			body = (*f)(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], body)
		}
		for k, v := range rec.Header() {
			rw.Header()[k] = v
		}
		rw.Header().Set("Content-Length", fmt.Sprint(len(body)))
		rw.WriteHeader(rec.Code)
		rw.Write(body)
	})
}

// onLog alters what ReadLog answers.
func onLog(f func(r *wire.ReadLogResponse)) func(string, []byte) []byte {
	return func(procedure string, body []byte) []byte {
		if procedure != "ReadLog" {
			return body
		}
		r, err := wire.ParseReadLogResponse(body)
		if err != nil {
			panic(err)
		}
		f(r)
		return r.Append(nil)
	}
}

// onMessages alters the message entries that ReadLog answers.
func onMessages(f func(e *wire.LogEntry)) func(string, []byte) []byte {
	return onLog(func(r *wire.ReadLogResponse) {
		for i := range r.Entries {
			if r.Entries[i].Kind == wire.EntryKindMessage {
				f(&r.Entries[i])
			}
		}
	})
}

func onEpochs(f func(b *wire.EpochBundle)) func(string, []byte) []byte {
	return func(procedure string, body []byte) []byte {
		if procedure != "ReadEpochs" {
			return body
		}
		r, err := wire.ParseReadEpochsResponse(body)
		if err != nil {
			panic(err)
		}
		for i := range r.Bundles {
			f(&r.Bundles[i])
		}
		return r.Append(nil)
	}
}

// flip returns b with one bit changed, as a copy.
func flipAt(b []byte, at int) []byte {
	c := append([]byte(nil), b...)
	if len(c) > 0 {
		c[at%len(c)] ^= 1
	}
	return c
}

var lies = map[string]func(string, []byte) []byte{
	"link":             onMessages(func(e *wire.LogEntry) { e.Link = flipAt(e.Link, 3) }),
	"ciphertext":       onMessages(func(e *wire.LogEntry) { e.Body = flipAt(e.Body, len(e.Body)-5) }),
	"sender's account": onMessages(func(e *wire.LogEntry) { e.Account = flipAt(e.Account, 1) }),
	"sender's device":  onMessages(func(e *wire.LogEntry) { e.Device = flipAt(e.Device, 1) }),
	"time":             onMessages(func(e *wire.LogEntry) { e.AcceptedMs++ }),
	"frank":            onMessages(func(e *wire.LogEntry) { e.Frank = flipAt(e.Frank, 40) }),
	"no frank":         onMessages(func(e *wire.LogEntry) { e.Frank = nil }),
	"seq":              onMessages(func(e *wire.LogEntry) { e.Seq++ }),
	"kind":             onMessages(func(e *wire.LogEntry) { e.Kind = wire.EntryKindLeave }),
	"commit":           onLog(func(r *wire.ReadLogResponse) { r.Entries[min(1, len(r.Entries)-1)].Body[60] ^= 1 }),
	"creation": onLog(func(r *wire.ReadLogResponse) {
		for i := range r.Entries {
			if r.Entries[i].Kind == wire.EntryKindCreate {
				r.Entries[i].Body[100] ^= 1
			}
		}
	}),
	"one left out": onLog(func(r *wire.ReadLogResponse) {
		if n := len(r.Entries); n > 3 {
			r.Entries = append(r.Entries[:n-2], r.Entries[n-1])
		}
	}),
	"two swapped": onLog(func(r *wire.ReadLogResponse) {
		if n := len(r.Entries); n > 3 {
			r.Entries[n-1], r.Entries[n-2] = r.Entries[n-2], r.Entries[n-1]
		}
	}),
	"all withheld":            onLog(func(r *wire.ReadLogResponse) { r.Entries = nil }),
	"head's signature":        onLog(func(r *wire.ReadLogResponse) { r.Head.Signature = flipAt(r.Head.Signature, 2) }),
	"head's link":             onLog(func(r *wire.ReadLogResponse) { r.Head.Link = flipAt(r.Head.Link, 2) }),
	"no head":                 onLog(func(r *wire.ReadLogResponse) { r.Head = nil }),
	"body erased":             onMessages(func(e *wire.LogEntry) { e.Body, e.BodyHash, e.Header = nil, make([]byte, 32), nil }),
	"deposit":                 onEpochs(func(b *wire.EpochBundle) { b.Deposit.Sealed = flipAt(b.Deposit.Sealed, 900) }),
	"no deposit":              onEpochs(func(b *wire.EpochBundle) { b.Deposit = nil }),
	"deposit's vault epoch":   onEpochs(func(b *wire.EpochBundle) { b.Deposit.VaultEpoch++ }),
	"deposit's proof":         onEpochs(func(b *wire.EpochBundle) { b.DepositProof = nil }),
	"record":                  onEpochs(func(b *wire.EpochBundle) { b.Record = flipAt(b.Record, len(b.Record)-3) }),
	"head table":              onEpochs(func(b *wire.EpochBundle) { b.HeadTable = flipAt(b.HeadTable, len(b.HeadTable)-20) }),
	"bundle's signature":      onEpochs(func(b *wire.EpochBundle) { b.Signature = flipAt(b.Signature, 9) }),
	"bundle of another epoch": onEpochs(func(b *wire.EpochBundle) { b.Epoch++ }),
}

// TestLyingServer alters one thing at a time in what the server answers, to a
// device that syncs and to one that restores: each is an integrity error with
// the promise that was broken, and shows nothing that is not so.
func TestLyingServer(t *testing.T) {
	s := new(spoiler)
	w := newWorldWith(t, s.wrap)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	for _, text := range []string{"one", "two", "three"} {
		alice.say("bob", text)
	}
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			fresh := bob.copy()
			s.alter.Store(&lie)
			defer s.alter.Store(nil)
			_, err := fresh.Sync(w.ctx)
			e := w.refused(err, fault.KindIntegrity)
			if e.Promise == "" {
				t.Error("no promise named")
			}
			again := w.device("bob's tablet")
			_, err = again.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "bob", Code: code, WaitAll: true})
			w.refused(err, fault.KindIntegrity)
			// An honest answer afterwards, and all is well.
			s.alter.Store(nil)
			fresh.sync()
			fresh.sees("alice", "alice: one", "alice: two", "alice: three")
			again.sync()
			again.sees("alice", "alice: one", "alice: two", "alice: three")
		})
	}
}

// copy returns the device as it is now, on a store of its own.
func (d *device) copy() *device {
	d.w.tb.Helper()
	return d.w.deviceOn(d.name, snapshot(d.store))
}
