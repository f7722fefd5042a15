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
// Errors that a person meets are *[fault.Error]: a kind, a sentence that says what
// to do next, and, where the server broke a promise, which.
//
// What computes over plain values, or talks to one thing, has a room below this one,
// and none of them knows the engine. Here is what orders them around a device's
// state. Its files, by what one looks for:
//
//	the engine itself    engine, clock, self, session, tables, types, watch, step, viewer, lease
//	accounts of others   chains*, contacts, contactlink, find*, profile, request, present, withheld, witness
//	this account         register, ownchain, rotate, revoke, forget, closing*, disclosure, guesses, reset*
//	ways back in         vault*, recovery, password, passkey, pin, realmguard, cloud*, ways*, link_*
//	the private log      privatelog, applyprivate; preference, privacy, readmark, device_info (what it says: core/payload)
//	a conversation       conversation, convstate, position, epochs, generation, versions, create, group*, setting*, role,
//	                     join, invite*, removed*, mend, leaf, keypackages, deposits, cover, commit, post
//	reading its log      sync, logread, walk*, fill, opened, ingest, fold*, hints, excuse, intime, redate, refetch, reopen,
//	                     sameness (what people compare)
//	messages             send, outbox, messageops, marks, record, history, newest, jump, mention, forward, expiry*, retention,
//	                     clear, doomed
//	attachments          attachment_* (to, from and through a message), blobs, claims, copy*, storage (the server's side: blob)
//	beside the log       ephemeral, typing, readers, notices, notify*, push
//	a restore            restore*, unkept, ahead, behind, pagesdown, checkpoint*, compromised
//	imported histories   import_* (what an export says: messenger)
//	search               searching, fold_index (the index itself: search)
package client
