package itest

import (
	"crypto/ed25519"
	"crypto/hpke"
	"runtime"
	"sync"
	"testing"
)

// cryptoFloor verifies a signature for each message of a history and opens a
// deposit for each of its MLS epochs, on all cores.
func cryptoFloor(b *testing.B, h history, x *effort) {
	b.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	message := make([]byte, 700)
	signature := ed25519.Sign(private, message)
	key, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		b.Fatal(err)
	}
	kdf, aead := hpke.HKDFSHA256(), hpke.AES256GCM()
	sealed, err := hpke.Seal(key.PublicKey(), kdf, aead, nil, make([]byte, 96))
	if err != nil {
		b.Fatal(err)
	}
	x.measure(func() {
		onAllCores(h.messages(), func() {
			if !ed25519.Verify(public, message, signature) {
				panic("signature does not verify")
			}
		})
		onAllCores(h.conversations*h.epochs, func() {
			if _, err := hpke.Open(key, kdf, aead, nil, sealed); err != nil {
				panic(err)
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
