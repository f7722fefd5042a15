// Command coffer-wasm is Coffer's engine in a browser: the same client, store
// format and cryptography as everywhere else, over IndexedDB and fetch. It runs
// in a worker (web/src/worker.ts), which loads it and speaks to it through two
// functions:
//
//	await coffer.open({ database, deviceName, emit })
//	const json = await coffer.call("history", { to: "bob", limit: 50 })
//
// What a call returns is JSON text in the forms of spec/cli.md, or a Uint8Array
// for a file. A call that fails rejects with {kind, message, promise,
// guessesLeft, choices}. emit is called with (type, JSON text) for what happens
// by itself: "message" for one that is new, "changed" with the id of a conversation
// in which anything is, "progress".
package main
