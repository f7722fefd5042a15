// Package blob brings sealed files to a server and back (spec/blobs.md): how they
// are named, sealed in chunks, uploaded with going on where an upload has ended,
// fetched in ranges, and deleted. It knows a transport, and no engine: where the
// ciphertext waits, and which message names it, is its caller's.
//
// An uploader calls Seal, keeps what comes out, and calls Server.Upload with it. A
// reader calls Server.Get inside Server.Retry and opens what comes with core/media,
// which alone decides whether it is genuine.
package blob

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/coffer-chat/coffer/core/account"
)

// ID names a blob on its server: 32 random bytes (spec/blobs.md).
type ID [32]byte

const (
	scheme     = "coffer://"
	pathPrefix = "/blob/"
)

// path is where the blob is under its server's address.
func (id ID) path() string { return pathPrefix + hex.EncodeToString(id[:]) }

// URL names the blob in messages.
func (id ID) URL(host account.Host) string { return scheme + string(host) + id.path() }

// ParseURL reads the name of a blob in a message.
func ParseURL(url string) (host account.Host, id ID, ok bool) {
	rest, ok1 := strings.CutPrefix(url, scheme)
	name, digits, ok2 := strings.Cut(rest, pathPrefix)
	if !ok1 || !ok2 || name == "" || strings.ContainsAny(name, "/?#@") || len(digits) != 2*len(id) || strings.ToLower(digits) != digits {
		return "", ID{}, false
	}
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return "", ID{}, false
	}
	return account.Host(name), id, true
}

// Of returns the blob that an attachment's URL names.
func Of(url string) (id ID, ok bool) {
	_, id, ok = ParseURL(url)
	return id, ok
}

// DeletionToken is what lets its uploader delete a blob. It hangs on the first
// vault root, which every device of the account has for good.
func DeletionToken(first *account.Root, id ID) []byte {
	root := first.Bytes()
	defer clear(root)
	return account.ExpandWithLabel(root, "blob deletion token", id[:], 32)
}

// HoldToken is what lets the account that has forwarded a file take back the claim
// of that message on it.
func HoldToken(first *account.Root, id ID, message [32]byte) []byte {
	root := first.Bytes()
	defer clear(root)
	return account.ExpandWithLabel(root, "blob hold token", append(id[:len(id):len(id)], message[:]...), 32)
}

// DeletionHash is what the server is told at the upload.
func DeletionHash(token []byte) string {
	h := sha256.Sum256(token)
	return base64.RawURLEncoding.EncodeToString(h[:])
}
