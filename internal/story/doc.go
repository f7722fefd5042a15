// Package story tells Coffer's main job with the real programs: people chat,
// lose every device, and get everything back. [Run] starts cofferd, runs coffer
// for alice, bob and carol as separate devices, kills the server in the middle,
// throws alice's device away, restores her twice, and compares what came back
// with what was there, message by message. cmd/demo shows it to people; itest
// runs it as a test.
package story
