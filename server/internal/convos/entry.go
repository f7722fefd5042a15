package convos

import (
	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

// follow gives an entry its place: seq, accepted time and link after the head of
// c, which it moves. header is the entry's header, its hash part of the link.
func follow(c *store.Conversation, e *store.Entry, header []byte) {
	e.Seq = c.Head.Seq + 1
	e.Link = convo.Link(c.Head.Link, &convo.EntryHashes{
		Seq: e.Seq, Kind: e.Kind, Sender: e.Sender, AcceptedMS: e.AcceptedMS,
		Header: convo.HashPart(header), Body: convo.HashPart(e.Body), Frank: convo.HashPart(e.Frank),
	})
	c.Head, c.AcceptedMS = convo.LogHead{Seq: e.Seq, Link: e.Link}, e.AcceptedMS
}

// erase erases an entry's body; its header and hash stay, so that links verify.
func erase(tx store.ConversationTx, e *store.Entry) error {
	if e.Erased() {
		return nil
	}
	header, err := convo.HeaderOf(e.Kind, e.Body)
	if err != nil {
		return err
	}
	return tx.Erase(e.Seq, header, convo.HashPart(e.Body))
}

// wire is an entry as readers get it.
func wire(e *store.Entry) *cofferv1.LogEntry {
	return &cofferv1.LogEntry{
		Seq: e.Seq, Kind: cofferv1.EntryKind(e.Kind), Account: e.Sender.Account[:], Device: e.Sender.Device[:],
		AcceptedMs: e.AcceptedMS, Header: e.Header, Body: e.Body, BodyHash: e.BodyHash, Frank: e.Frank, Link: e.Link[:],
	}
}

// receipt is an entry as its sender gets it back: without the body.
func receipt(e *store.Entry) *cofferv1.LogEntry {
	w := wire(e)
	w.Body, w.Header, w.BodyHash = nil, nil, nil
	return w
}
