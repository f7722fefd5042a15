// Package apitest holds tests that keep the two forms of the API together: the
// protobuf messages of api/gen and the plain structs of api/wire. Its
// subfolders are a test API with a field of every shape, in both forms, and a
// service to try transports with.
package apitest
