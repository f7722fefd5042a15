// Package testwire is the test API as plain structs: the sibling of package
// testpb, generated from the same file.
package testwire
