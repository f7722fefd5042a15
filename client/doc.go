// Package client is Coffer's engine: an account on one device, its
// conversations and its stored history, over interfaces for everything that
// touches the world.
//
// [Open] opens a device's store. On an empty one, [Engine.Register] makes an
// account or [Engine.Restore] brings one back; after that [Engine.Send],
// [Engine.History], [Engine.Sync] and their neighbours work.
//
// Every operation that changes something takes the device's lock, so that
// several processes may share a home, and reads what another process wrote
// meanwhile. All methods may be called by several goroutines at once; they run
// one after the other.
//
// Errors that a person meets are *[Error]: a kind, a sentence that says what to
// do next, and, where the server broke a promise, which.
package client
