package blob

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/transport"
)

// Headers and statuses of spec/blobs.md.
const (
	headerDeletionHash  = "Coffer-Deletion-Hash"
	headerDeletionToken = "Coffer-Deletion-Token"
	headerRelease       = "Coffer-Release"
	headerOffset        = "Coffer-Offset"
	headerSize          = "Coffer-Size"

	statusOK           = 200
	statusPartial      = 206
	statusUnauthorized = 401
	statusForbidden    = 403
	statusNotFound     = 404
	statusConflict     = 409
	statusRange        = 416
	statusTooLarge     = 413
	statusTooMany      = 429
	statusUnavailable  = 503
	statusFull         = 507

	// maxBusy is how often a request waits for as long as the server asks for,
	// and maxBusyWait how long at most.
	maxBusy     = 20
	maxBusyWait = 10 * time.Second
)

// ErrTooLarge marks a refusal that no later try can change.
var ErrTooLarge = &fault.Error{Kind: fault.KindRefused, Message: "the file is larger than the server takes"}

// ErrForeign marks a refusal to delete what another account has uploaded.
var ErrForeign = &fault.Error{Kind: fault.KindRefused, Message: "only the account that uploaded a file can delete it"}

// Server is the HTTP side of a server.
type Server struct {
	Transport Transport
	// Again signs in anew, after the server has refused the session.
	Again func(context.Context) error
	// Waits are the pauses before a request is made again that got no answer; nil
	// for those that suit people.
	Waits []time.Duration
}

// Transport makes a plain request under the server's address; the caller
// closes the body.
type Transport interface {
	Raw(ctx context.Context, method, path string, header map[string][]string, body io.Reader) (status int, answer map[string][]string, content io.ReadCloser, err error)
}

// do makes one request, and once more where the session is over. body is nil or
// what the request carries.
func (s Server) do(ctx context.Context, method, path string, header map[string][]string, body []byte) (int, headers, io.ReadCloser, error) {
	signedIn, busy := false, 0
	for {
		var r io.Reader
		if body != nil {
			r = bytes.NewReader(body)
		}
		status, answer, content, err := s.Transport.Raw(ctx, method, path, header, r)
		if err != nil {
			return 0, nil, nil, err
		}
		switch {
		case status == statusUnauthorized && !signedIn:
			content.Close()
			if err := s.Again(ctx); err != nil {
				return 0, nil, nil, err
			}
			signedIn = true
			continue
		case status == statusTooMany && busy < maxBusy:
			content.Close()
			seconds, _ := headers(answer).number("Retry-After")
			if err := transport.Wait(ctx, min(max(time.Duration(seconds)*time.Second, s.leastBusy()), maxBusyWait)); err != nil {
				return 0, nil, nil, err
			}
			busy++
			continue
		case status == statusUnavailable:
			content.Close()
			return 0, nil, nil, fmt.Errorf("%w: blobs", transport.ErrUnreachable)
		}
		return status, answer, content, nil
	}
}

// state asks how much of a blob the server has; found is false where it has
// none.
func (s Server) state(ctx context.Context, id ID) (offset, size int64, found bool, err error) {
	status, answer, content, err := s.do(ctx, "HEAD", id.path(), nil, nil)
	if err != nil {
		return 0, 0, false, err
	}
	content.Close()
	switch status {
	case statusOK:
		offset, ok1 := answer.number(headerOffset)
		size, ok2 := answer.number(headerSize)
		if !ok1 || !ok2 || offset > size {
			return 0, 0, false, fault.Failed(transport.ErrProtocol, "the server's answer on a file makes no sense")
		}
		return offset, size, true, nil
	case statusNotFound:
		return 0, 0, false, nil
	}
	return 0, 0, false, refused(status)
}

// put sends a part of a blob of size bytes and returns how much of it the
// server has now, which may be another number than was hoped for.
func (s Server) put(ctx context.Context, id ID, deletion string, from, size int64, part []byte) (int64, error) {
	header := map[string][]string{
		"Content-Type":     {"application/octet-stream"},
		"Content-Length":   {strconv.Itoa(len(part))},
		"Content-Range":    {fmt.Sprintf("bytes %d-%d/%d", from, from+int64(len(part))-1, size)},
		headerDeletionHash: {deletion},
	}
	status, answer, content, err := s.do(ctx, "PUT", id.path(), header, part)
	if err != nil {
		return 0, err
	}
	content.Close()
	if offset, ok := answer.number(headerOffset); ok && offset <= size && (status/100 == 2 || status == statusConflict) {
		return offset, nil
	}
	if status/100 == 2 {
		return 0, fault.Failed(transport.ErrProtocol, "the server's answer on a file makes no sense")
	}
	return 0, refused(status)
}

// Delete deletes a blob; that there is none is no error.
func (s Server) Delete(ctx context.Context, id ID, token []byte) error {
	err := s.Retry(ctx, func() (bool, error) { return false, s.deleteOnce(ctx, id, token) })
	var mine *fault.Error
	if errors.As(err, &mine) {
		return err
	}
	return fault.FromServer(err)
}

// Release takes back a claim on a blob, the uploader's or a forward's: the blob
// goes when nobody has one. That there is none is no error.
func (s Server) Release(ctx context.Context, id ID, token []byte) error {
	err := s.Retry(ctx, func() (bool, error) { return false, s.deleteOnce(ctx, id, token, "1") })
	var mine *fault.Error
	if errors.As(err, &mine) {
		return err
	}
	return fault.FromServer(err)
}

// Hold lays a claim on a blob: it stays until that is taken back, or its uploader
// deletes it for all. That it is not there, or has too many claims, is no error.
func (s Server) Hold(ctx context.Context, id ID, hash string) error {
	err := s.Retry(ctx, func() (bool, error) {
		status, _, content, err := s.do(ctx, "POST", id.path(), map[string][]string{headerDeletionHash: {hash}}, nil)
		if err != nil {
			return false, err
		}
		content.Close()
		if status/100 == 2 || status == statusNotFound || status == statusConflict {
			return false, nil
		}
		return false, refused(status)
	})
	var mine *fault.Error
	if errors.As(err, &mine) {
		return err
	}
	return fault.FromServer(err)
}

func (s Server) deleteOnce(ctx context.Context, id ID, token []byte, release ...string) error {
	header := map[string][]string{headerDeletionToken: {base64.RawURLEncoding.EncodeToString(token)}}
	if len(release) > 0 {
		header[headerRelease] = release
	}
	status, _, content, err := s.do(ctx, "DELETE", id.path(), header, nil)
	if err != nil {
		return err
	}
	content.Close()
	if status/100 == 2 || status == statusNotFound {
		return nil
	}
	return refused(status)
}

// headers are those of an answer, by canonical name.
type headers map[string][]string

func (h headers) get(name string) string {
	if v := h[name]; len(v) == 1 {
		return v[0]
	}
	return ""
}

// number reads a header that holds a number from 0.
func (h headers) number(name string) (int64, bool) {
	n, err := strconv.ParseInt(h.get(name), 10, 64)
	return n, err == nil && n >= 0
}

// refused turns a status into what a person can do about it.
func refused(status int) error {
	message := fmt.Sprintf("the server refused the file (status %d)", status)
	switch status {
	case statusTooLarge:
		return ErrTooLarge
	case statusTooMany, statusFull:
		message = "the server takes no more files from this account for now; try again later"
	case statusForbidden:
		return ErrForeign
	case statusUnauthorized:
		message = "the server does not accept this device's session"
	}
	return &fault.Error{Kind: fault.KindRefused, Message: message}
}
