// Package media encrypts attachments in independent segments, so that a part of
// a file can be fetched, checked and shown without the rest, and so that what
// is fetched can only be what the message's sender meant.
//
// To send: NewKey, then Encrypt (or NewSealer and its methods, where the caller
// does the input and output). The Ref that comes back goes into the message. To
// receive: Decrypt for a whole file, ReadRange for a part, or NewOpener and its
// methods. In a browser, where WebCrypto runs the cipher, Nonce, AdditionalData,
// LeafHash, Trailer and Root are the pieces of the same construction.
//
// The format, spec/attachments.md, is fixed: later versions of this package read
// and write the same bytes. Wrong keys, altered, reordered, missing and added
// segments all give ErrCorrupt and nothing more.
package media
