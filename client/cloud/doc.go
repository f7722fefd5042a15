// Package cloud says what a place for small files in a third party's cloud must
// do. It imports no driver; package drive has them.
package cloud
