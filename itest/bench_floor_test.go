package itest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"runtime"
	"sync"
	"testing"

	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/client/store"
)

// storeFloor writes what a store holds into a new store of the same kind, some
// megabytes at a time, from memory.
func (w *benchServer) storeFloor(from store.Store, x *effort) {
	w.tb.Helper()
	to := w.sealedStore()
	for r := (store.Range{}); ; {
		var rows store.Batch
		last := r.From
		w.must(from.Scan(w.ctx, r, func(key, value []byte) error {
			if bytes.Equal(key, r.From) {
				return nil // the last of those before
			}
			last = bytes.Clone(key)
			rows.Set(last, bytes.Clone(value))
			if rows.Size() > 1<<20 {
				return store.ErrStop
			}
			return nil
		}))
		if bytes.Equal(last, r.From) {
			return
		}
		x.measure(nil, func() { w.must(to.Apply(w.ctx, &rows)) })
		r.From = last
	}
}

// writeFloor makes what a store holds searchable in a new store of the same kind,
// from memory: the pages are written as they are, and the index is built of texts
// of the same kind, on all cores, and written. It is what is left of a restore
// where nothing has to be fetched, decrypted or verified.
func (x *restoring) writeFloor(from store.Store, e *effort) {
	x.tb.Helper()
	to := x.sealedStore()
	index := store.Table("ix")
	for _, part := range []store.Range{{To: index.Bytes()}, {From: index.End()}} {
		for r := part; ; {
			var rows store.Batch
			last := r.From
			x.must(from.Scan(x.ctx, r, func(key, value []byte) error {
				if bytes.Equal(key, r.From) {
					return nil // the last of those before
				}
				last = bytes.Clone(key)
				rows.Set(last, bytes.Clone(value))
				if rows.Size() > 1<<20 {
					return store.ErrStop
				}
				return nil
			}))
			if bytes.Equal(last, r.From) {
				break
			}
			e.measure(nil, func() { x.must(to.Apply(x.ctx, &rows)) })
			r.From = last
		}
	}
	made, err := search.Open(to, search.Options{Rand: rand.Reader})
	x.must(err)
	text := newTexts(9)
	// As a restore does, but on all cores: parts of so many documents.
	workers, perPart := runtime.GOMAXPROCS(0), 80<<10
	for n := 0; n < x.messages(); {
		docs := make([]search.Doc, min(workers*perPart, x.messages()-n))
		for i := range docs {
			docs[i] = search.Doc{Conv: uint32((n + i) * x.conversations / x.messages()), Seq: uint64(n + i), Time: int64(n + i), Text: text()}
		}
		n += len(docs)
		e.measure(nil, func() {
			parts := make([]store.Batch, workers)
			var wg sync.WaitGroup
			for i := range parts {
				wg.Go(func() {
					var g search.Gathering
					g.Add(docs[i*len(docs)/workers : (i+1)*len(docs)/workers]...)
					if err := made.AddGathered(&parts[i], &g); err != nil {
						panic(err)
					}
				})
			}
			wg.Wait()
			for i := range parts {
				x.must(to.Apply(x.ctx, &parts[i]))
			}
		})
	}
}

// depositFloor opens a deposit for each MLS epoch of a history, on all cores.
func depositFloor(b *testing.B, h history, x *effort) {
	b.Helper()
	key, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		b.Fatal(err)
	}
	kdf, aead := hpke.HKDFSHA256(), hpke.ChaCha20Poly1305()
	sealed, err := hpke.Seal(key.PublicKey(), kdf, aead, nil, make([]byte, 128))
	if err != nil {
		b.Fatal(err)
	}
	x.measure(nil, func() {
		onAllCores(h.conversations*h.epochs, func() {
			if _, err := hpke.Open(key, kdf, aead, nil, sealed); err != nil {
				panic(err)
			}
		})
	})
}

// signatureFloor verifies a signature for each message of a history, on all
// cores.
func signatureFloor(b *testing.B, h history, x *effort) {
	b.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	message := make([]byte, 700)
	signature := ed25519.Sign(private, message)
	x.measure(nil, func() {
		onAllCores(h.messages(), func() {
			if !ed25519.Verify(public, message, signature) {
				panic("signature does not verify")
			}
		})
	})
}

// onAllCores runs f n times, spread over the cores.
func onAllCores(n int, f func()) {
	workers := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			for range (n + workers - 1 - i) / workers {
				f()
			}
		})
	}
	wg.Wait()
}
