package client

import (
	"context"
	"io"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/mediatype"
	"github.com/coffer-chat/coffer/client/preview"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
)

// GroupChange says what of a group's looks to change; what is nil stays.
type GroupChange struct {
	Name *string
	// Picture is a JPEG or PNG, of which a small copy is taken; one of size 0 means
	// none.
	Picture io.ReaderAt
	Size    int64
}

// GroupPresent changes a group's name and picture, for an owner or admin. The server
// learns neither.
func (e *Engine) GroupPresent(ctx context.Context, name string, x GroupChange) (Conversation, error) {
	var out Conversation
	err := e.inGroup(ctx, name, func(c *conversation) error {
		if x.Name != nil && (*x.Name == "" || len(*x.Name) > content.MaxInfoName) {
			return fault.Usage("a group's name has 1 to %d bytes", content.MaxInfoName)
		}
		if err := e.freshen(ctx, c); err != nil {
			return err
		}
		if c.st.Gone {
			return e.goneError()
		}
		if role, _ := c.st.Participants.Role(e.self.id); role == convo.Member {
			return fault.Usage("only an owner or admin of a group names it or gives it a picture")
		}
		var err error
		out, err = e.changeInfo(ctx, c, "change", func(info *content.Info) (err error) {
			if x.Name != nil {
				info.Name = *x.Name
			}
			if x.Picture != nil {
				info.Picture, err = e.smallPicture(x.Picture, x.Size)
			}
			return err
		})
		return err
	})
	return out, err
}

// GroupPicture returns a group's picture, nothing for none.
func (e *Engine) GroupPicture(ctx context.Context, name string) (data []byte, mediaType string, err error) {
	err = e.inGroup(ctx, name, func(c *conversation) error {
		s, err := e.settingOf(ctx, c)
		if err != nil {
			return err
		}
		if p := s.info().Picture; p != nil {
			data, mediaType = p.Data, p.MediaType
		}
		return nil
	})
	return data, mediaType, err
}

// smallPicture takes a small copy of a picture; nil of one of size 0.
func (e *Engine) smallPicture(file io.ReaderAt, size int64) (*content.Preview, error) {
	if size == 0 {
		return nil, nil
	}
	open := func() io.Reader { return io.NewSectionReader(file, 0, size) }
	head := make([]byte, mediatype.Head)
	n, _ := io.ReadFull(open(), head)
	mediaType := mediatype.Guess(head[:n], "")
	p := preview.Make(mediaType, open, content.MaxProfilePicture)
	if p == nil && e.cfg.Preview != nil {
		if small := e.cfg.Preview(mediaType, file, content.MaxProfilePicture); len(small) > 0 && len(small) <= content.MaxProfilePicture {
			p = &content.Preview{MediaType: "image/jpeg", Data: small}
		}
	}
	if p == nil {
		return nil, fault.Usage("this is no picture that can be read; take a JPEG or PNG")
	}
	return p, nil
}
