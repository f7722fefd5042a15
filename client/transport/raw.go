package transport

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Rawer makes plain HTTP requests to the server: attachments go this way. The
// path starts with "/" and may have a query; header names are in canonical
// form. Any status is an answer, not an error. The caller closes the body.
// If header has a Content-Length, body has exactly so many bytes.
type Rawer interface {
	Raw(ctx context.Context, method, path string, header map[string][]string, body io.Reader) (
		status int, answer map[string][]string, content io.ReadCloser, err error)
}

// Range returns the value of a Range header for n bytes from offset on; n of 0
// is all the rest.
func Range(offset, n int64) string {
	if n <= 0 {
		return fmt.Sprintf("bytes=%d-", offset)
	}
	return fmt.Sprintf("bytes=%d-%d", offset, offset+n-1)
}

// ContentRange reads a Content-Range header, "bytes 0-99/1234", and returns
// where the part starts, its length, and the size of the whole, -1 for unknown.
func ContentRange(header string) (offset, n, size int64, err error) {
	spec, ok := strings.CutPrefix(header, "bytes ")
	part, whole, ok2 := strings.Cut(spec, "/")
	from, to, ok3 := strings.Cut(part, "-")
	if !ok || !ok2 || !ok3 {
		return 0, 0, 0, fmt.Errorf("%w: content range", ErrProtocol)
	}
	offset, err1 := strconv.ParseInt(from, 10, 64)
	last, err2 := strconv.ParseInt(to, 10, 64)
	size = -1
	var err3 error
	if whole != "*" {
		size, err3 = strconv.ParseInt(whole, 10, 64)
	}
	if err1 != nil || err2 != nil || err3 != nil || offset < 0 || last < offset || size >= 0 && last >= size {
		return 0, 0, 0, fmt.Errorf("%w: content range", ErrProtocol)
	}
	return offset, last - offset + 1, size, nil
}
