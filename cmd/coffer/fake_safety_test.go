package main

import (
	"context"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

func (f *fake) HistoryNumber(ctx context.Context, to string, at uint64) (client.HistoryNumber, error) {
	c, err := f.FindConversation(ctx, to)
	if err != nil {
		return client.HistoryNumber{}, err
	}
	n := client.HistoryNumber{Conversation: c.ID, Name: c.Name, Theirs: "alice", Seq: c.HeadSeq, Newest: c.HeadSeq}
	if c.Kind == convo.Group {
		n.Name = "#" + c.Name
		n.Theirs = n.Name
	}
	if at > n.Newest {
		return n, fault.Usage("this device has the conversation up to entry %d", n.Newest)
	}
	if at != 0 {
		n.Seq = at
	}
	n.Number = convo.HistoryNumber(c.ID, convo.LogHead{Seq: n.Seq})
	return n, nil
}

func (f *fake) CompareHistory(ctx context.Context, to, theirs string) (client.Compared, error) {
	seq, number, err := convo.ParseHistoryText(theirs)
	if err != nil {
		return client.Compared{}, fault.Usage("what the other one sees is a number of an entry and 40 digits; type or paste all of it")
	}
	n, err := f.HistoryNumber(ctx, to, min(seq, 8))
	r := client.Compared{HistoryNumber: n, Result: client.HistorySame}
	switch {
	case seq > n.Newest:
		r.Seq, r.Result = seq, client.HistoryAhead
	case number != n.Number:
		r.Result = client.HistoryDiffers
	}
	return r, err
}
