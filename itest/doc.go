// Package itest holds scenarios of the whole system: the engine against the
// real server and real realms. Its tests are the only code that sees both
// sides. world_test.go has the people, devices and servers that they play
// with.
package itest
