//go:build js && wasm

package main

import (
	"context"
	"strconv"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// reportDraft shows what would be reported: {id, around}.
func reportDraft(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
	d, err := e.DraftReport(ctx, []string{p.text("id")}, p.number("around"))
	if err != nil {
		return nil, err
	}
	return reportDraftJSON(d), nil
}

// report sends what a draft showed, with a reason: {to, seqs, shown, reason}.
func report(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
	id, err := convo.ParseID(p.text("to"))
	if err != nil {
		return nil, fault.Usage("%q is no conversation", p.text("to"))
	}
	d := &client.ReportDraft{Conversation: id, Openings: len(p.list("shown"))}
	for _, s := range p.texts("seqs") {
		seq, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return nil, fault.Usage("%q is no message", s)
		}
		d.Messages = append(d.Messages, client.Reported{Message: client.Message{Seq: seq}})
	}
	r, err := e.SendReport(ctx, d, p.text("reason"))
	return quoted(r.ID), err
}
