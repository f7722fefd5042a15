package main

import (
	"encoding/hex"
	"time"

	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/server"
)

// The JSON of cofferd reports (spec/frank.md).
type (
	personForm struct {
		Handle  string `json:"handle"`
		Account string `json:"account"`
	}
	listedReport struct {
		Type  string     `json:"type"`
		ID    string     `json:"id"`
		Filed time.Time  `json:"filed"`
		By    personForm `json:"by"`
		Bytes int64      `json:"bytes"`
	}
	reviewedReport struct {
		listedReport
		Reason       string         `json:"reason"`
		Conversation string         `json:"conversation"`
		Messages     []reportedForm `json:"messages"`
		// NotShown counts messages that do not verify.
		NotShown int `json:"notShown"`
	}
	reportedForm struct {
		ID      string     `json:"id"`
		Sender  personForm `json:"sender"`
		Time    time.Time  `json:"time"`
		Kind    string     `json:"kind"`
		Text    string     `json:"text"`
		ReplyTo string     `json:"replyTo,omitempty"`
		// Target is what is edited or reacted to.
		Target      string     `json:"target,omitempty"`
		Attachments []fileForm `json:"attachments"`
	}
	fileForm struct {
		Name      string `json:"name"`
		MediaType string `json:"mediaType"`
		Size      int64  `json:"size"`
		SHA256    string `json:"sha256"`
		Text      string `json:"description,omitempty"`
	}
)

func listedForm(r server.ListedReport) listedReport {
	return listedReport{Type: "report", ID: r.ID, Filed: r.Filed, By: personForm{r.Handle, r.By.String()}, Bytes: r.Bytes}
}

func reviewedForm(r server.ReviewedReport) reviewedReport {
	o := reviewedReport{listedReport: listedForm(r.ListedReport), Reason: r.Reason, Conversation: string(r.Conversation), Messages: []reportedForm{}}
	for i := range r.Messages {
		m := &r.Messages[i]
		if m.Err != nil {
			o.NotShown++
			continue
		}
		v := m.Message.View()
		f := reportedForm{
			ID: m.ID.String(), Sender: personForm{m.Handle, m.Sender.String()}, Time: acceptedAt(m), Kind: v.Kind.String(), Text: v.Text,
			Attachments: []fileForm{},
		}
		if !v.ReplyTo.IsZero() {
			f.ReplyTo = v.ReplyTo.String()
		}
		if !v.Target.IsZero() {
			f.Target = v.Target.String()
		}
		for _, a := range v.Attachments {
			f.Attachments = append(f.Attachments, fileForm{
				Name: fileName(&a), MediaType: a.MediaType, Size: a.File.Size, SHA256: hex.EncodeToString(a.File.Digest[:]), Text: a.Description,
			})
		}
		o.Messages = append(o.Messages, f)
	}
	return o
}

// acceptedAt is when the server took a message.
func acceptedAt(m *server.ReviewedMessage) time.Time {
	return time.UnixMilli(int64(m.Context.AcceptedMs)).UTC()
}

// fileName is what the sender calls a file.
func fileName(a *content.Attachment) string {
	if a.Name == "" {
		return "attachment"
	}
	return a.Name
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
