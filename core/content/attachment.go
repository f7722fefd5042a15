package content

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/core/media"
)

// Private-use code points of the attachment format (spec/attachments.md).
const (
	// EncAlgSegments is the encAlg of files encrypted in segments: from the
	// private-use range of IANA's AEAD algorithms.
	EncAlgSegments = 0xC0F1
	// HashAlgSegments is the hashAlg of their contentHash: outside the six bits
	// of IANA's named information hash algorithms.
	HashAlgSegments = 0xF1
)

// Attachment is a file that was uploaded with package media.
type Attachment struct {
	// File opens and checks the blob.
	File media.Ref
	// URL is where the blob can be fetched.
	URL string
	// MediaType is what the sender says it is, such as image/jpeg.
	MediaType string
	// Name is a suggested file name without a path; may be empty.
	Name string
	// Description is a text for those who do not see it; may be empty.
	Description string
	// Inline recommends to show it in the conversation.
	Inline bool
	// Preview is a small picture to show before the file is fetched; may be nil.
	Preview *Preview
}

// Preview is a picture inside the message.
type Preview struct {
	MediaType string
	Data      []byte
}

func (a *Attachment) part() (Part, error) {
	if a.URL == "" || a.MediaType == "" || !safeName(a.Name) || !utf8.ValidString(a.Description) {
		return Part{}, fmt.Errorf("%w: attachment", ErrInvalid)
	}
	if _, err := media.LayoutOf(a.File.Size); err != nil {
		return Part{}, fmt.Errorf("%w: attachment size", ErrInvalid)
	}
	disposition := DispositionAttachment
	if a.Inline {
		disposition = DispositionInline
	}
	file := Part{Disposition: disposition, Body: &ExternalPart{
		MediaType: a.MediaType,
		URL:       a.URL,
		Size:      uint64(a.File.Size),
		EncAlg:    EncAlgSegments,
		Key:       a.File.Key.Bytes(),
		AAD:       []byte(media.AdditionalData),
		HashAlg:   HashAlgSegments,
		// The root fixes the blob, the digest the file.
		ContentHash: append(a.File.Root[:], a.File.Digest[:]...),
		Description: a.Description,
		FileName:    a.Name,
	}}
	if a.Preview == nil {
		return file, nil
	}
	if len(a.Preview.Data) > MaxPreview || a.Preview.MediaType == "" {
		return Part{}, fmt.Errorf("%w: preview", ErrInvalid)
	}
	preview := Part{
		Disposition: DispositionPreview,
		Body:        &SinglePart{MediaType: a.Preview.MediaType, Content: a.Preview.Data},
	}
	return Part{
		Disposition: disposition,
		Body:        &MultiPart{Semantics: ChooseOne, Parts: []Part{file, preview}},
	}, nil
}

// attachment reads the part that Attachment.part writes. ok is false for every
// other kind of external part.
func (p *Part) attachment() (a Attachment, ok bool) {
	switch b := p.Body.(type) {
	case *ExternalPart:
		a, ok = b.attachment()
		a.Inline = p.Disposition == DispositionInline
		return a, ok
	case *MultiPart:
		if b.Semantics != ChooseOne || len(b.Parts) != 2 || b.Parts[1].Disposition != DispositionPreview {
			return a, false
		}
		preview, isSingle := b.Parts[1].Body.(*SinglePart)
		if _, isFile := b.Parts[0].Body.(*ExternalPart); !isSingle || !isFile {
			return a, false
		}
		a, ok = b.Parts[0].attachment()
		if len(preview.Content) <= MaxPreview {
			a.Preview = &Preview{MediaType: preview.MediaType, Data: preview.Content}
		}
		return a, ok
	}
	return a, false
}

func (p *ExternalPart) attachment() (Attachment, bool) {
	if p.EncAlg != EncAlgSegments || p.HashAlg != HashAlgSegments || len(p.Nonce) != 0 ||
		string(p.AAD) != media.AdditionalData || p.Size > media.MaxSize || p.URL == "" ||
		len(p.ContentHash) != 2*media.HashSize {
		return Attachment{}, false
	}
	key, err := media.KeyFromBytes(p.Key)
	if err != nil {
		return Attachment{}, false
	}
	a := Attachment{
		File: media.Ref{
			Key: key, Size: int64(p.Size),
			Root:   media.Hash(p.ContentHash[:media.HashSize]),
			Digest: [media.HashSize]byte(p.ContentHash[media.HashSize:]),
		},
		URL: p.URL, MediaType: p.MediaType, Description: p.Description,
	}
	if safeName(p.FileName) {
		a.Name = p.FileName
	}
	return a, true
}

// safeName reports whether name can be a file's name in some folder: nothing
// that another system reads as a path, and no control characters.
func safeName(name string) bool {
	if len(name) > MaxName || !utf8.ValidString(name) || name == "." || name == ".." {
		return false
	}
	return !strings.ContainsFunc(name, func(c rune) bool {
		return c < ' ' || c == 0x7f || strings.ContainsRune(`/\:`, c) ||
			c >= 0x80 && c < 0xa0 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069
	})
}
