// Package wire holds the messages of Coffer's API as plain structs, and a typed
// client for each of its services, for programs that cannot afford the protobuf
// runtime (the browser core) or do not want to (every client).
//
// Start with a client over a transport, and call it:
//
//	accounts := wire.AccountClient{Doer: doer}
//	info, err := accounts.ServerInfo(ctx, &wire.ServerInfoRequest{})
//
// All but this comment is generated from api/coffer/v1 by api/generate.sh. What
// Parse functions return keeps the limits stated beside the fields; they copy
// strings, but bytes fields share memory with the input. Errors of parsing are
// those of package codec.
package wire

import "github.com/coffer-chat/coffer/api/wire/codec"

// Doer makes one unary call; see codec.Doer.
type Doer = codec.Doer

// Streamer is a Doer that makes server-streaming calls too; see codec.Streamer.
type Streamer = codec.Streamer
