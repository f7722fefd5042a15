package preview

import (
	"io"

	"github.com/coffer-chat/coffer/core/content"
)

// Make makes none: the browser has codecs of its own, which
// client.Config.Preview uses, and Go's would be a part of the page that is loaded before the first
// screen.
func Make(string, func() io.Reader, int) *content.Preview { return nil }
