package main

import (
	"context"
	"strings"

	"github.com/coffer-chat/coffer/client"
)

func (f *fake) DraftReport(ctx context.Context, ids []string, _ int) (*client.ReportDraft, error) {
	d := &client.ReportDraft{KeptDays: 180}
	for _, id := range ids {
		m, err := f.FindMessage(ctx, id)
		if err != nil {
			return nil, err
		}
		d.Conversation = m.Conversation
		d.Messages = append(d.Messages, client.Reported{Message: m, Chosen: true})
		d.Openings++
	}
	return d, nil
}

func (f *fake) SendReport(_ context.Context, d *client.ReportDraft, _ string) (client.SentReport, error) {
	return client.SentReport{ID: strings.Repeat("5eed1d42", 4), Openings: d.Openings}, nil
}
