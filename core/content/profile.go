package content

import (
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/core/content/internal/dcbor"
)

// TypeProfile is the media type of how an account presents itself.
const TypeProfile = "application/vnd.coffer.profile+cbor"

// Limits of a profile, in bytes.
const (
	MaxProfileName    = 64
	MaxProfilePicture = 16 << 10
)

// Profile is how an account presents itself to those whom it writes to: the one
// set last counts, as a whole, in whichever conversation it was met.
type Profile struct {
	// Name is whatever the person likes to be called; empty for none. It is not
	// unique and proves nothing.
	Name string
	// Picture is a small image; nil for none.
	Picture *Preview
	// SetMS is when the person set it, in ms since 1970; not 0.
	SetMS uint64
}

// Keys of the profile map.
var (
	profileName        = IntKey(1)
	profilePicture     = IntKey(3)
	profilePictureType = IntKey(4)
	profileSet         = IntKey(5)
)

// NewProfile returns a message that says how its sender presents itself.
func NewProfile(h Header, p Profile) (*Message, error) {
	b, err := p.Encode()
	if err != nil {
		return nil, err
	}
	return h.build(MessageID{}, MessageID{}, Part{Disposition: DispositionProfile, Body: &SinglePart{MediaType: TypeProfile, Content: b}})
}

// Encode returns the profile as a message holds it.
func (p *Profile) Encode() ([]byte, error) {
	ext := Extensions{{profileSet, dcbor.AppendUint(nil, p.SetMS)}}
	if p.Name != "" {
		ext = append(ext, Extension{profileName, dcbor.AppendText(nil, p.Name)})
	}
	if p.Picture != nil {
		ext = append(ext, Extension{profilePicture, dcbor.AppendBytes(nil, p.Picture.Data)},
			Extension{profilePictureType, dcbor.AppendText(nil, p.Picture.MediaType)})
	}
	b := ext.appendMap(nil)
	if _, err := ParseProfile(b); err != nil || !utf8.ValidString(p.Name) {
		return nil, fmt.Errorf("%w: profile", ErrInvalid)
	}
	return b, nil
}

// ParseProfile reads the content of a part of type TypeProfile. Keys of a later
// version are passed over.
func ParseProfile(data []byte) (*Profile, error) {
	r := dcbor.NewReader(data)
	ext, err := readExtensions(r, MaxProfilePicture+16)
	if err == nil {
		err = r.Done()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: profile: %w", ErrMalformed, err)
	}
	p := &Profile{}
	var picture Preview
	seen := 0
	for _, x := range ext {
		v := partReader{Reader: dcbor.NewReader(x.Value)}
		switch x.Key {
		case profileName:
			p.Name = v.name(MaxProfileName)
		case profilePicture:
			picture.Data = v.Bytes()
			v.limit(len(picture.Data) <= MaxProfilePicture, "picture")
			seen++
		case profilePictureType:
			picture.MediaType = v.name(MaxName)
			seen++
		case profileSet:
			p.SetMS = v.Uint(math.MaxInt64)
		default:
			continue
		}
		if err := v.Done(); err != nil {
			return nil, fmt.Errorf("%w: profile: %w", ErrMalformed, err)
		}
	}
	if p.SetMS == 0 || seen == 1 {
		return nil, fmt.Errorf("%w: profile", ErrMalformed)
	}
	if seen == 2 {
		p.Picture = &picture
	}
	return p, nil
}
