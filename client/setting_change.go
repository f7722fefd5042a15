package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/content"
)

// changeInfo changes what a conversation's members are told of it, and returns the
// conversation as it is then. what names the change where the server has still to
// get it.
func (e *Engine) changeInfo(ctx context.Context, c *conversation, what string, change func(*content.Info) error) (Conversation, error) {
	s, err := e.settingOf(ctx, c)
	if err != nil {
		return Conversation{}, err
	}
	info := s.info()
	info.Name = c.st.Name
	if err := change(&info); err != nil {
		return Conversation{}, err
	}
	err = e.postInfo(ctx, c, info)
	if err != nil && fault.KindOf(err) == fault.KindUnreachable {
		return Conversation{}, &fault.Error{Kind: fault.KindUnreachable, Message: "the server cannot be reached; the " + what + " is kept, and sync sends it", Err: err}
	}
	if err != nil {
		return Conversation{}, err
	}
	if c, err = e.conv(ctx, c.id); err != nil || c == nil {
		return Conversation{}, err
	}
	return e.summary(ctx, c)
}
