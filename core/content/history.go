package content

// TypeHistory is the media type of what opens a group's history to newcomers.
const TypeHistory = "application/vnd.coffer.history"

// MaxHistory is the size of what one message gives, in bytes.
const MaxHistory = 192 << 10

// NewHistory returns a message that gives newcomers a group's history
// (spec/newcomer.md).
func NewHistory(h Header, given []byte) (*Message, error) {
	if len(given) == 0 || len(given) > MaxHistory {
		return nil, ErrInvalid
	}
	return h.build(MessageID{}, MessageID{}, Part{Disposition: DispositionProfile, Body: &SinglePart{MediaType: TypeHistory, Content: given}})
}
