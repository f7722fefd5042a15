package client

import (
	"io"

	"github.com/coffer-chat/coffer/core/content"
)

// preview makes none: the browser has codecs of its own, which Config.Preview
// uses, and Go's would be a part of the page that is loaded before the first
// screen.
func preview(string, func() io.Reader, int) *content.Preview { return nil }
