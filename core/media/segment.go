package media

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
)

// AdditionalData authenticates the purpose of every segment. It is also the aad
// field of the attachment in the message.
const AdditionalData = "coffer attachment 1"

// NonceSize is the size of a segment's nonce in bytes.
const NonceSize = 12

// Nonce returns the nonce of segment i: its number as 11 bytes, big-endian, then
// 1 if it is the last and else 0. This is the STREAM construction (Hoang,
// Reyhanitabar, Rogaway, Vizár, 2015) with the key fresh for each file and
// therefore no random prefix, as C2SP's age uses it: reordering changes a
// number, truncation and extension change which segment is the last.
func Nonce(i int, last bool) [NonceSize]byte {
	var n [NonceSize]byte
	binary.BigEndian.PutUint64(n[3:], uint64(i))
	if last {
		n[NonceSize-1] = 1
	}
	return n
}

func newAEAD(key Key) cipher.AEAD {
	block, err := aes.NewCipher(key.k[:])
	if err != nil {
		panic("media: AES-256 refuses a 32-byte key: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("media: " + err.Error())
	}
	return aead
}
