package blob

import (
	"context"
	"errors"
	"io"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/transport"
)

// Get asks for n bytes of a blob from offset on, and the caller closes them. They
// may be fewer.
func (s Server) Get(ctx context.Context, id ID, offset, n int64) (io.ReadCloser, error) {
	header := map[string][]string{"Range": {transport.Range(offset, n)}}
	status, answer, body, err := s.do(ctx, "GET", id.path(), header, nil)
	if err != nil {
		return nil, err
	}
	switch status {
	case statusPartial:
		from, length, _, bad := transport.ContentRange(answer.get("Content-Range"))
		if bad == nil && from == offset && length <= n {
			return body, nil
		}
		err = fault.Failed(transport.ErrProtocol, "the server's answer on a file makes no sense")
	case statusNotFound:
		err = ErrNotThere
	case statusRange:
		err = Wrong(nil)
	default:
		err = refused(status)
	}
	body.Close()
	return nil, err
}

// CutShort makes the early end of an answer what it is: a broken connection.
func CutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.Join(transport.ErrUnreachable, err)
	}
	return err
}

// ErrNotThere is the error of a file that the server does not have.
var ErrNotThere = &fault.Error{Kind: fault.KindFailed, Message: "the file is not on the server: its sender has deleted it, or it was lost"}

// Wrong is the error of a blob with other bytes than the message fixes.
func Wrong(err error) error {
	return fault.Broken(fault.PromiseProved, err, "the file on the server is not the one that the message names")
}
