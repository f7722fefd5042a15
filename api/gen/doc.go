// Package gen is the parent of the server's form of the API: protobuf messages
// in gen/coffer/v1 and Connect handlers in gen/coffer/v1/cofferv1connect, both
// generated from api/coffer/v1 by api/generate.sh.
package gen
