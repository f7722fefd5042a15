package auth

import (
	"errors"

	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

var (
	errWasReset = fail.Kind(fail.Forbidden, "this account was reset, and its handle belongs to another one: here it can only be read")
	errIsErased = fail.Kind(fail.Forbidden, "this account was reset, and what was kept of it is erased: its time was over")
)

// writes are the calls that change conversations. A session of an account that was
// reset may not make them: whoever brings it back reads.
var writes = map[string]bool{
	cofferv1connect.ConversationServiceCreateConversationProcedure: true,
	cofferv1connect.ConversationServicePostCommitProcedure:         true,
	cofferv1connect.ConversationServiceOpenGenerationProcedure:     true,
	cofferv1connect.ConversationServiceTakeLeaseProcedure:          true,
	cofferv1connect.ConversationServicePostMessageProcedure:        true,
	cofferv1connect.ConversationServicePostLeaveProcedure:          true,
	cofferv1connect.ConversationServicePutDepositProcedure:         true,
	cofferv1connect.ConversationServiceReleaseClaimsProcedure:      true,
	cofferv1connect.EphemeralServiceSendEphemeralProcedure:         true,
	cofferv1connect.ReportServiceFileReportProcedure:               true,
}

// wasReset reports whether an account was reset. Nobody opens a session any more
// once it is being erased.
func wasReset(tx store.AccountTx) (bool, error) {
	r, err := tx.Reset()
	if errors.Is(err, store.ErrNotFound) || err == nil && r.Statement == nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = tx.Closing()
	switch {
	case errors.Is(err, store.ErrNotFound):
		return true, nil
	case err != nil:
		return true, err
	}
	return true, errIsErased
}
