package content

import (
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/core/content/internal/dcbor"
)

// Info is how a conversation presents itself: the last one sent by an entitled
// participant counts, as a whole.
type Info struct {
	// Name of the conversation; empty for none.
	Name string
	// Description in a few sentences; may be empty.
	Description string
	// Picture is a small image; nil for none.
	Picture *Preview
	// ExpireSeconds is how long after reading new messages should last; 0 for
	// ever. It is a wish to senders: each message carries its own expiry.
	ExpireSeconds uint32
	// HistorySince says that newcomers are given the group's history, from an entry
	// of its log on; HistoryFromHere is the message itself. 0: they are not.
	HistorySince uint64
	// Other holds what later versions added. Who changes an Info keeps it.
	Other Extensions
}

// HistoryFromHere is the HistorySince of the message that turns it on.
const HistoryFromHere = 1

const (
	// MaxInfoName is the size of a conversation's name in bytes.
	MaxInfoName = 200
	// MaxInfoDescription is the size of a conversation's description in bytes.
	MaxInfoDescription = 2000
)

// Keys of the info map.
var (
	infoName        = IntKey(1)
	infoDescription = IntKey(2)
	infoPicture     = IntKey(3)
	infoPictureType = IntKey(4)
	infoExpire      = IntKey(5)
	infoHistory     = IntKey(6)
)

// NewInfo returns a message that sets the conversation's name, picture and
// settings.
func NewInfo(h Header, info Info) (*Message, error) {
	b, err := info.encode()
	if err != nil {
		return nil, err
	}
	return h.build(MessageID{}, MessageID{}, Part{
		Disposition: DispositionProfile,
		Body:        &SinglePart{MediaType: TypeInfo, Content: b},
	})
}

func (i *Info) encode() ([]byte, error) {
	ext := i.Other[:len(i.Other):len(i.Other)]
	add := func(key ExtensionKey, value []byte) { ext = append(ext, Extension{key, value}) }
	if i.Name != "" {
		add(infoName, dcbor.AppendText(nil, i.Name))
	}
	if i.Description != "" {
		add(infoDescription, dcbor.AppendText(nil, i.Description))
	}
	if i.Picture != nil {
		add(infoPicture, dcbor.AppendBytes(nil, i.Picture.Data))
		add(infoPictureType, dcbor.AppendText(nil, i.Picture.MediaType))
	}
	if i.ExpireSeconds != 0 {
		add(infoExpire, dcbor.AppendUint(nil, uint64(i.ExpireSeconds)))
	}
	if i.HistorySince != 0 {
		add(infoHistory, dcbor.AppendUint(nil, i.HistorySince))
	}
	b := ext.appendMap(nil)
	// Reading it back holds it to the same rules as what others send.
	if _, err := parseInfo(b); err != nil || !utf8.ValidString(i.Name+i.Description) {
		return nil, fmt.Errorf("%w: info", ErrInvalid)
	}
	return b, nil
}

// parseInfo reads the content of a part of type TypeInfo.
func parseInfo(data []byte) (*Info, error) {
	r := dcbor.NewReader(data)
	ext, err := readExtensions(r, MaxPreview+16)
	if err == nil {
		err = r.Done()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: info: %w", ErrMalformed, err)
	}
	info := &Info{}
	var picture Preview
	seen := 0
	for _, x := range ext {
		v := partReader{Reader: dcbor.NewReader(x.Value)}
		switch x.Key {
		case infoName:
			info.Name = v.name(MaxInfoName)
		case infoDescription:
			info.Description = v.Text()
			v.limit(len(info.Description) <= MaxInfoDescription, "description")
		case infoPicture:
			picture.Data = v.Bytes()
			v.limit(len(picture.Data) <= MaxPreview, "picture")
			seen++
		case infoPictureType:
			picture.MediaType = v.name(MaxName)
			seen++
		case infoExpire:
			info.ExpireSeconds = uint32(v.Uint(maxExpiry))
		case infoHistory:
			info.HistorySince = v.Uint(math.MaxInt64)
		default:
			info.Other = append(info.Other, x)
			continue
		}
		if err := v.Done(); err != nil {
			return nil, fmt.Errorf("%w: info: %w", ErrMalformed, err)
		}
	}
	switch seen {
	case 1:
		return nil, fmt.Errorf("%w: info: picture without type", ErrMalformed)
	case 2:
		info.Picture = &picture
	}
	return info, nil
}
