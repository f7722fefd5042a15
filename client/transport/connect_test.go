package transport

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestDecodeError(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		typ    string
		body   string
		want   Code
		text   string
		detail string
	}{
		"full": {409, "application/json; charset=utf-8",
			`{"code":"aborted","message":"try \"again\" \u00e9\ud834\udd1e\n","details":[{"type":"a.B","value":"AQI","debug":{"x":[1,-2.5e3,null,true,{}]}}],"more":"x"}`,
			CodeAborted, "try \"again\" é𝄞\n", "\x01\x02"},
		"padded base64":    {409, ErrorType, `{"code":"aborted","details":[{"type":"a.B","value":"AQ=="}]}`, CodeAborted, "", "\x01"},
		"only a code":      {500, ErrorType, ` {"code" : "internal"} `, CodeInternal, "", ""},
		"unknown code":     {401, ErrorType, `{"code":"odd","message":"m"}`, CodeUnauthenticated, "m", ""},
		"no code":          {403, ErrorType, `{"message":"m"}`, CodePermissionDenied, "m", ""},
		"wrong types":      {404, ErrorType, `{"code":5,"message":[],"details":{}}`, CodeUnimplemented, "", ""},
		"bad details":      {409, ErrorType, `{"code":"aborted","details":[1,{"type":"a.B"},{"value":"AQ"},{"type":"a.B","value":"!"}]}`, CodeAborted, "", ""},
		"not JSON":         {503, ErrorType, `<html>`, CodeUnavailable, "HTTP status 503", ""},
		"another type":     {502, "text/html", `{"code":"aborted"}`, CodeUnavailable, "HTTP status 502", ""},
		"empty":            {400, ErrorType, ``, CodeInternal, "HTTP status 400", ""},
		"text behind":      {429, ErrorType, `{"code":"aborted"} x`, CodeUnavailable, "HTTP status 429", ""},
		"cut":              {418, ErrorType, `{"code":"abor`, CodeUnknown, "HTTP status 418", ""},
		"nested deeply":    {500, ErrorType, `{"x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`, CodeUnknown, "HTTP status 500", ""},
		"half a surrogate": {409, ErrorType, `{"code":"aborted","message":"\ud834x"}`, CodeAborted, "\ufffdx", ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := DecodeError(c.status, c.typ, []byte(c.body))
			if e.Code != c.want || e.Message != c.text {
				t.Errorf("got %q %q, want %q %q", e.Code, e.Message, c.want, c.text)
			}
			if d, ok := e.Detail("a.B"); string(d) != c.detail || ok != (c.detail != "") {
				t.Errorf("detail %x, %v", d, ok)
			}
		})
	}
}

func TestDetailsAreBounded(t *testing.T) {
	body := `{"code":"aborted","details":[` + strings.Repeat(`{"type":"a.B","value":""},`, 999) + `{"type":"a.B","value":""}]}`
	if e := DecodeError(409, ErrorType, []byte(body)); e.Code != CodeAborted || len(e.Details) != maxDetails {
		t.Errorf("%s with %d details", e.Code, len(e.Details))
	}
}

func TestDecodeEnd(t *testing.T) {
	for body, want := range map[string]error{
		`{}`:                         nil,
		`{"metadata":{"a":["b"]}}`:   nil,
		`{"error":null}`:             nil,
		`{"error":{"code":"odd"}}`:   &Error{Code: CodeUnknown},
		`{"error":{"code":"aborted"`: ErrProtocol,
		``:                           ErrProtocol,
		`[]`:                         ErrProtocol,
	} {
		err := DecodeEnd([]byte(body))
		var e, w *Error
		if errors.As(want, &w) {
			if !errors.As(err, &e) || e.Code != w.Code {
				t.Errorf("%s: %v", body, err)
			}
		} else if err != want {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestRequestHeader(t *testing.T) {
	find := func(h [][2]string, name string) string {
		for _, p := range h {
			if p[0] == name {
				return p[1]
			}
		}
		return ""
	}
	for timeout, want := range map[time.Duration]string{
		0: "", time.Nanosecond: "1", 2 * time.Second: "2000", 400 * 24 * time.Hour: "",
	} {
		if got := find(RequestHeader(UnaryType, timeout, ""), "Connect-Timeout-Ms"); got != want {
			t.Errorf("%v: %q, want %q", timeout, got, want)
		}
	}
	h := RequestHeader(StreamType, 0, "secret")
	if find(h, "Authorization") != "Bearer secret" || find(h, "Content-Type") != StreamType || find(h, "Connect-Protocol-Version") != "1" {
		t.Error(h)
	}
	if h := RequestHeader(StreamType, 0, ""); find(h, "Authorization") != "" {
		t.Error(h)
	}
}

func TestErrorIs(t *testing.T) {
	if !errors.Is(&Error{Code: CodeUnavailable}, ErrUnreachable) {
		t.Error("unavailable is not unreachable")
	}
	if errors.Is(&Error{Code: CodeInternal}, ErrUnreachable) {
		t.Error("internal is unreachable")
	}
	if CodeOf(ErrTooLarge) != "" || CodeOf(&Error{Code: CodeAborted}) != CodeAborted {
		t.Error("CodeOf")
	}
}

// FuzzJSON holds the scanner to encoding/json: they accept the same texts, but
// for depth, and read the same message.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"code":"aborted","message":"\u00e9\ud834\udd1e","details":[{"type":"a","value":"AA"}]}`))
	f.Add([]byte(`{"x":[1,-0.5e+7,true,false,null,"\\\/\b\f\n\r\t"]}`))
	f.Add([]byte("{\"a\":01}"))
	f.Add([]byte("{\"message\":\"\xff\",}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = DecodeEnd(b)
		s := &scanner{b: b}
		s.skip()
		ours := s.end() == nil
		if theirs := json.Valid(b); ours && !theirs {
			t.Fatalf("accepted %q", b)
		} else if theirs && !ours && strings.Count(string(b), "[")+strings.Count(string(b), "{") <= maxDepth {
			t.Fatalf("refused %q", b)
		}
		var text string
		if len(b) > 0 && b[0] == '"' && json.Unmarshal(b, &text) == nil {
			s := &scanner{b: b}
			if got := s.text(); got != text {
				t.Fatalf("%q: got %q, want %q", b, got, text)
			}
		}
	})
}
