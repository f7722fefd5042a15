package client

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/coffer-chat/coffer/core/account"
)

// blobID names a blob on its server: 32 random bytes (spec/blobs.md).
type blobID [32]byte

const (
	blobScheme = "coffer://"
	blobPath   = "/blob/"
)

// path is where the blob is under its server's address.
func (id blobID) path() string { return blobPath + hex.EncodeToString(id[:]) }

// url names the blob in messages.
func (id blobID) url(host account.Host) string { return blobScheme + string(host) + id.path() }

// parseBlobURL reads the name of a blob in a message.
func parseBlobURL(url string) (host account.Host, id blobID, ok bool) {
	rest, ok1 := strings.CutPrefix(url, blobScheme)
	name, digits, ok2 := strings.Cut(rest, blobPath)
	if !ok1 || !ok2 || name == "" || strings.ContainsAny(name, "/?#@") || len(digits) != 2*len(id) || strings.ToLower(digits) != digits {
		return "", blobID{}, false
	}
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return "", blobID{}, false
	}
	return account.Host(name), id, true
}

// deletionToken is what lets its uploader delete a blob. It hangs on the first
// vault root, which every device of the account has for good.
func deletionToken(first *account.Root, id blobID) []byte {
	root := first.Bytes()
	defer clear(root)
	return account.ExpandWithLabel(root, "blob deletion token", id[:], 32)
}

// deletionHash is what the server is told at the upload.
func deletionHash(token []byte) string {
	h := sha256.Sum256(token)
	return base64.RawURLEncoding.EncodeToString(h[:])
}
