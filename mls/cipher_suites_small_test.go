//go:build mls_hybrid_only

package mls

import (
	"bytes"
	"crypto/hpke"
	"slices"
	"testing"
)

// TestHybridOnly: the small build has the hybrid suite, which works, and says of
// every other that it is not built. make wasm runs it.
func TestHybridOnly(t *testing.T) {
	if got := SupportedSuites(); !slices.Equal(got, []CipherSuite{hybridSuite}) {
		t.Errorf("suites %v", got)
	}
	for _, s := range []CipherSuite{1, 2, 3, 5, 7} {
		wantErr(t, s.String(), s.check(), ErrUnsupportedSuite)
	}
	w := newWorld(t, hybridSuite, nil)
	w.commit("a0", CommitOptions{}, w.bundle("b"))
	if w.members["b"] == nil {
		t.Error("nobody joined")
	}
}

// TestHybridOnlyStandardLibrary: what the small build derives, seals and exports
// is what a build with crypto/hpke does.
func TestHybridOnlyStandardLibrary(t *testing.T) {
	ikm := Secret("a secret of any length")
	priv, pub, err := hybridSuite.DeriveHPKEKey(ikm)
	noErr(t, err)
	std, err := hpke.MLKEM768X25519().DeriveKeyPair(ikm)
	noErr(t, err)
	if !bytes.Equal(pub, std.PublicKey().Bytes()) {
		t.Fatal("another key")
	}
	if again, err := hybridSuite.HPKEPublic(priv); err != nil || !again.Equal(pub) {
		t.Errorf("public key: %v", err)
	}
	info, text := labelled(nil, "label", []byte("context")), []byte("text")
	c, err := hybridSuite.EncryptWithLabel(pub, "label", []byte("context"), text)
	noErr(t, err)
	got, err := hpke.Open(std, hpke.HKDFSHA256(), hpke.AES128GCM(), info, append(c.KEMOutput, c.Ciphertext...))
	if err != nil || !bytes.Equal(got, text) {
		t.Errorf("the standard library does not open it: %v", err)
	}
	enc, sender, err := hpke.NewSender(std.PublicKey(), hpke.HKDFSHA256(), hpke.AES128GCM(), info)
	noErr(t, err)
	ct, err := sender.Seal(nil, text)
	noErr(t, err)
	if got, err := hybridSuite.DecryptWithLabel(priv, "label", []byte("context"), HPKECiphertext{KEMOutput: enc, Ciphertext: ct}); err != nil || !bytes.Equal(got, text) {
		t.Errorf("what the standard library sealed does not open: %v", err)
	}
	_, err = hybridSuite.DecryptWithLabel(priv, "label", []byte("another"), HPKECiphertext{KEMOutput: enc, Ciphertext: ct})
	wantErr(t, "another context", err, ErrDecrypt)
	kemOutput, sent, err := hybridSuite.externalInitSend(pub)
	noErr(t, err)
	received, err := hybridSuite.externalInitReceive(priv, kemOutput)
	noErr(t, err)
	r, err := hpke.NewRecipient(kemOutput, std, hpke.HKDFSHA256(), hpke.AES128GCM(), nil)
	noErr(t, err)
	want, err := r.Export(externalInitLabel, hybridSuite.HashSize())
	noErr(t, err)
	if !bytes.Equal(sent, want) || !bytes.Equal(received, want) {
		t.Error("another init secret")
	}
	_, err = hybridSuite.externalInitReceive(priv, kemOutput[1:])
	wantErr(t, "a short KEM output", err, ErrDecrypt)
}
