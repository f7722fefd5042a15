package server_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// TestBlobClaims: who has forwarded a file keeps it from going with its uploader,
// who lets go, and takes back no claim but an own one; an uploader that deletes it
// deletes it for all.
func TestBlobClaims(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice").first, w.register("bob").first
	token, claim := make([]byte, 32), make([]byte, 32)
	rand.Read(token)
	rand.Read(claim)
	hash, held := sha256.Sum256(token), sha256.Sum256(claim)
	release := func(token []byte) map[string]string {
		return map[string]string{"Coffer-Deletion-Token": b64(token), "Coffer-Release": "1"}
	}
	hold := map[string]string{"Coffer-Deletion-Hash": b64(held[:])}
	upload := func() string {
		name := make([]byte, 32)
		rand.Read(name)
		id := hex.EncodeToString(name)
		if s, _, _ := alice.blobCall("PUT", id, alice.token, map[string]string{"Coffer-Deletion-Hash": b64(hash[:])}, []byte("content")); s != 201 {
			t.Fatalf("PUT: %d", s)
		}
		return id
	}
	call := func(what string, d *device, method, id, token string, header map[string]string, want int) {
		t.Helper()
		if s, _, _ := d.blobCall(method, id, token, header, nil); s != want {
			t.Errorf("%s: %d, want %d", what, s, want)
		}
	}
	id := upload()
	call("a claim without a session", bob, "POST", id, "", hold, 401)
	call("a claim without a hash", bob, "POST", id, bob.token, nil, 400)
	call("a claim on nothing", bob, "POST", hex.EncodeToString(make([]byte, 32)), bob.token, hold, 404)
	call("a claim", bob, "POST", id, bob.token, hold, 204)
	call("it again", bob, "POST", id, bob.token, hold, 204)
	call("a stranger's release", bob, "DELETE", id, bob.token, release(held[:]), 403)
	call("the uploader's", alice, "DELETE", id, alice.token, release(token), 204)
	call("it is there", alice, "GET", id, alice.token, nil, 200)
	call("the holder's", bob, "DELETE", id, bob.token, map[string]string{"Coffer-Deletion-Token": b64(claim)}, 204)
	call("it is gone", alice, "GET", id, alice.token, nil, 404)

	id = upload()
	call("a claim", bob, "POST", id, bob.token, hold, 204)
	call("a holder cannot delete it for all", bob, "DELETE", id, bob.token, map[string]string{"Coffer-Deletion-Token": b64(claim)}, 204)
	call("it is there", alice, "GET", id, alice.token, nil, 200)
	call("a claim", bob, "POST", id, bob.token, hold, 204)
	call("a deletion", alice, "DELETE", id, alice.token, map[string]string{"Coffer-Deletion-Token": b64(token)}, 204)
	call("it is gone", bob, "GET", id, bob.token, nil, 404)
}
