// Package fetch carries the client's calls over a browser's fetch in the
// Connect protocol. Start with New; the Client is a wire.Doer and a
// transport.Rawer, as package transport/http's is.
//
// It sends no cookie and no referrer, follows no redirect and keeps nothing in
// the browser's cache. It is built for js/wasm only; its methods wait for the
// browser, so they are called from goroutines of their own.
package fetch
