package content

import (
	"fmt"
	"io"
)

// Format prints no content, whatever the verb, so that a message in a log line
// shows nothing.
func (m *Message) Format(f fmt.State, _ rune) { io.WriteString(f, "content.Message(redacted)") }

// Format prints no content.
func (p *SinglePart) Format(f fmt.State, _ rune) { io.WriteString(f, "content.SinglePart(redacted)") }

// Format prints neither keys nor names.
func (p *ExternalPart) Format(f fmt.State, _ rune) {
	io.WriteString(f, "content.ExternalPart(redacted)")
}
