package messenger

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// The export's own structures. Strings still need repair.
type rawMessage struct {
	Sender       string `json:"sender_name"`
	TimestampMs  int64  `json:"timestamp_ms"`
	Content      string
	Type         string
	IsUnsent     bool `json:"is_unsent"`
	CallDuration *int `json:"call_duration"`
	Reactions    []struct{ Reaction, Actor string }
	Photos       []rawFile
	Videos       []rawFile
	AudioFiles   []rawFile `json:"audio_files"`
	Files        []rawFile
	Gifs         []rawFile
	Sticker      *rawFile
	Share        *struct {
		Link      string
		ShareText string `json:"share_text"`
	}
}

type rawFile struct{ URI string }

// head is what a file says about its thread.
type head struct {
	title        string
	participants []string
	group        bool
}

// scanFile walks through one message file. It gives every message to each, with
// an error if it has the wrong types; then it returns what the file says about
// the thread. With each nil, messages are skipped.
func (e *Export) scanFile(name string, each func(*rawMessage, error)) (h head, err error) {
	f, err := e.openRegular(name)
	if err != nil {
		return h, err
	}
	defer f.Close()
	limited := &io.LimitedReader{R: f, N: MaxFile + 1}
	h, err = scan(limited, each)
	if limited.N <= 0 {
		err = fmt.Errorf("%w: file size", ErrLimit)
	}
	return h, err
}

func scan(r io.Reader, each func(*rawMessage, error)) (h head, err error) {
	dec := json.NewDecoder(r)
	if err := delim(dec, '{'); err != nil {
		return h, err
	}
	sawMessages := false
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return h, format(err)
		}
		switch key {
		case "messages":
			sawMessages = true
			err = scanMessages(dec, each)
		case "participants":
			h.participants, err = scanParticipants(dec)
		case "title":
			err = dec.Decode(&h.title)
			h.title = cut(repair(h.title), maxName)
		case "joinable_mode":
			h.group = true // only groups can be joined
			err = skip(dec)
		case "thread_type":
			var kind string
			err = dec.Decode(&kind)
			h.group = h.group || kind == "RegularGroup"
		default:
			err = skip(dec)
		}
		if err != nil {
			return h, format(err)
		}
	}
	if err := delim(dec, '}'); err != nil {
		return h, err
	}
	if !sawMessages {
		return h, fmt.Errorf("%w: no messages", ErrFormat)
	}
	return h, nil
}

func scanMessages(dec *json.Decoder, each func(*rawMessage, error)) error {
	if err := delim(dec, '['); err != nil {
		return err
	}
	var text json.RawMessage
	for dec.More() {
		if err := dec.Decode(&text); err != nil {
			return err
		}
		if each == nil {
			continue
		}
		m := &rawMessage{}
		if len(text) > MaxMessage {
			each(m, fmt.Errorf("%w: message size", ErrLimit))
			continue
		}
		err := json.Unmarshal(text, m)
		var wrongType *json.UnmarshalTypeError
		if err != nil && !errors.As(err, &wrongType) {
			return err
		}
		if err != nil {
			err = format(err)
		}
		each(m, err)
	}
	return delim(dec, ']')
}

func scanParticipants(dec *json.Decoder) ([]string, error) {
	if err := delim(dec, '['); err != nil {
		return nil, err
	}
	var names []string
	for dec.More() {
		var p struct{ Name string }
		if err := dec.Decode(&p); err != nil {
			return nil, err
		}
		if len(names) == MaxParticipants {
			return nil, fmt.Errorf("%w: participants", ErrLimit)
		}
		if name := cut(repair(p.Name), maxName); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), delim(dec, ']')
}

// readHead reads a file for its thread's title and participants.
func (e *Export) readHead(name string) (head, error) { return e.scanFile(name, nil) }

func delim(dec *json.Decoder, want json.Delim) error {
	t, err := dec.Token()
	if err != nil {
		return format(err)
	}
	if t != want {
		return fmt.Errorf("%w: %c expected", ErrFormat, want)
	}
	return nil
}

// skip reads one value without keeping it.
func skip(dec *json.Decoder) error {
	const maxDepth = 100
	for depth := 0; ; {
		if depth > maxDepth {
			return fmt.Errorf("%w: nested too deeply", ErrFormat)
		}
		t, err := dec.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// format wraps an error of the JSON decoder without the text that it quotes.
func format(err error) error {
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.Is(err, ErrFormat), errors.Is(err, ErrLimit):
		return err
	case errors.As(err, &syntax):
		return fmt.Errorf("%w: bad JSON at byte %d", ErrFormat, syntax.Offset)
	case errors.As(err, &wrongType):
		return fmt.Errorf("%w: wrong type in field %s", ErrFormat, wrongType.Field)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: ends early", ErrFormat)
	}
	return err
}
