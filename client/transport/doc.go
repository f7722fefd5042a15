// Package transport is what every transport of the client shares: the errors
// that it returns and the bytes of the Connect protocol. It opens no
// connection, so it builds for the browser too; package transport/http does
// the rest natively, package transport/fetch in the browser.
//
// A caller holds a Doer (package wire), calls, and asks of an error:
//
//	if errors.Is(err, transport.ErrUnreachable) { … keep it, try later … }
//	var e *transport.Error
//	if errors.As(err, &e) { … e.Code, e.Detail("coffer.v1.ErrorDetail") … }
//
// A transport's author uses RequestHeader, CodeOfStatus, DecodeError,
// AppendFrame, ReadFrame and DecodeEnd.
package transport
