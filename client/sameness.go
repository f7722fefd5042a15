package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// HistoryNumber is what people compare, over another channel than this server, to
// know that they have been shown one and the same conversation up to a place of its
// log.
type HistoryNumber struct {
	Conversation convo.ID
	Name         string // a handle, or #NAME
	Theirs       string // what the others call it: the own handle, or #NAME
	Seq          uint64 // the place: the log's entries up to it
	Number       string // 40 digits in groups of five
	// Newest is the newest entry that this device has.
	Newest uint64
}

// Text is place and number as another one compares them.
func (n HistoryNumber) Text() string { return convo.HistoryText(n.Seq, n.Number) }

// The results of a comparison.
const (
	HistorySame    = "same"
	HistoryDiffers = "differs" // the server shows two people two histories
	HistoryAhead   = "ahead"   // the other one's place is newer than all that is here
	HistoryMissing = "missing" // the place is in a part that a restore has still to bring
)

// Compared is how this device's history is to another one's. Number is empty
// where the place is not here, Result where there was nothing to compare.
type Compared struct {
	HistoryNumber
	Result string
}

// Err is nil for the same history, else what a person is to be told.
func (c Compared) Err() error {
	switch c.Result {
	case HistorySame, "":
		return nil
	case HistoryAhead:
		return &fault.Error{Kind: fault.KindUnreachable, Message: "this device has the conversation up to entry " + itoa(int(c.Newest)) +
			" only: 'coffer sync', and compare again. If it stays behind although it reaches the server, the server holds something back"}
	case HistoryMissing:
		return notBack()
	}
	return fault.Broken(fault.PromiseProved, nil,
		"the histories differ at entry %d or before it: if no digit was mistyped, the server shows you two different histories of this conversation", c.Seq)
}

func notBack() error {
	return &fault.Error{Kind: fault.KindUnreachable, Message: "this device does not have that part of the conversation yet: 'coffer sync' brings it"}
}

// HistoryNumber returns the number of a conversation at a place of its log that this
// device has verified, 0 for the newest.
func (e *Engine) HistoryNumber(ctx context.Context, to string, at uint64) (HistoryNumber, error) {
	var n HistoryNumber
	err := e.withAccount(ctx, func() error {
		c, err := e.toCompare(ctx, to)
		if err != nil {
			return err
		}
		if at > c.st.Top.Seq {
			return fault.Usage("this device has the conversation up to entry %d", c.st.Top.Seq)
		}
		var ok bool
		if n, ok, err = e.historyNumber(ctx, c, at); err == nil && !ok {
			err = notBack()
		}
		return err
	})
	return n, err
}

// CompareHistory compares what another participant's client shows, a place and its
// number, with what this device has verified up to there. With nothing to compare it
// returns the newest place and number, and no result.
func (e *Engine) CompareHistory(ctx context.Context, to, theirs string) (Compared, error) {
	var r Compared
	var seq uint64
	var number string
	if theirs != "" {
		var err error
		if seq, number, err = convo.ParseHistoryText(theirs); err != nil {
			return r, fault.Usage("what the other one sees is a number of an entry and 40 digits; type or paste all of it")
		}
	}
	err := e.withAccount(ctx, func() error {
		c, err := e.toCompare(ctx, to)
		if err != nil {
			return err
		}
		n, ok, err := e.historyNumber(ctx, c, seq)
		r.HistoryNumber = n
		switch {
		case seq > c.st.Top.Seq:
			r.Result = HistoryAhead
		case !ok:
			r.Result = HistoryMissing
		case n.Number == number:
			r.Result = HistorySame
		case theirs != "":
			r.Result = HistoryDiffers
		}
		return err
	})
	return r, err
}

// toCompare finds a conversation and brings it up to date.
func (e *Engine) toCompare(ctx context.Context, to string) (*conversation, error) {
	c, err := e.target(ctx, to)
	if err != nil {
		return nil, err
	}
	if err := e.freshen(ctx, c); err != nil {
		return nil, err
	}
	if !c.st.known() {
		return nil, fault.Usage("there is nothing in this conversation yet")
	}
	return c, nil
}

// historyNumber returns the number at a place, 0 for the newest; false, and no number,
// where the place is not stored here. A stored link was verified when it came, and
// depends on every entry before it, so that it stands for them all.
func (e *Engine) historyNumber(ctx context.Context, c *conversation, at uint64) (HistoryNumber, bool, error) {
	if at == 0 {
		at = c.st.Top.Seq
	}
	n := HistoryNumber{Conversation: c.id, Name: e.label(ctx, c), Seq: at, Newest: c.st.Top.Seq}
	if n.Theirs = n.Name; c.st.Kind == convo.Direct {
		n.Theirs = string(e.self.handle)
	}
	link, ok, err := e.linkAt(ctx, c, at)
	if ok && err == nil {
		n.Number = convo.HistoryNumber(c.id, convo.LogHead{Seq: at, Link: link})
	}
	return n, ok, err
}
