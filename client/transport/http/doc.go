// Package http carries the client's calls over net/http in the Connect
// protocol, which it speaks itself. Start with New; the Client is a wire.Doer,
// a wire.Streamer and a transport.Rawer.
package http
