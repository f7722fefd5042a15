package server_test

import (
	"bytes"
	"net/http/httptest"
	"testing"

	"google.golang.org/protobuf/proto"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// procedures are all calls that take bytes which the server parses.
var procedures = []string{
	cofferv1connect.AccountServiceRegisterProcedure,
	cofferv1connect.AccountServiceSignInProcedure,
	cofferv1connect.AccountServiceSetPasswordProcedure,
	cofferv1connect.AccountServiceAppendChainProcedure,
	cofferv1connect.AccountServicePutPinRecordProcedure,
	cofferv1connect.AccountServiceRealmTokenProcedure,
	cofferv1connect.AccountServicePublishKeyPackagesProcedure,
	cofferv1connect.AccountServiceClaimKeyPackagesProcedure,
	cofferv1connect.AccountServiceAppendPrivateLogProcedure,
	cofferv1connect.ConversationServiceCreateConversationProcedure,
	cofferv1connect.ConversationServicePostCommitProcedure,
	cofferv1connect.ConversationServicePostMessageProcedure,
	cofferv1connect.ConversationServicePostLeaveProcedure,
	cofferv1connect.ConversationServiceListConversationsProcedure,
	cofferv1connect.ConversationServiceReadLogProcedure,
	cofferv1connect.ConversationServiceReadEpochsProcedure,
	cofferv1connect.ConversationServicePutDepositProcedure,
	cofferv1connect.ConversationServiceReleaseClaimsProcedure,
	cofferv1connect.DeviceServiceOpenLinkProcedure,
	cofferv1connect.DeviceServiceFindLinksProcedure,
	cofferv1connect.DeviceServicePutLinkBoxProcedure,
	cofferv1connect.DeviceServiceGetRemovalProcedure,
	cofferv1connect.RecoveryServicePutCloudRecordProcedure,
	cofferv1connect.RecoveryServiceOpenCloudHalfProcedure,
	cofferv1connect.RecoveryServiceChangePasswordProcedure,
	cofferv1connect.RetentionServiceConfirmStoredProcedure,
	cofferv1connect.ConversationServiceOpenGenerationProcedure,
	cofferv1connect.ConversationServiceTakeLeaseProcedure,
	cofferv1connect.ConversationServiceReadDepositsProcedure,
	cofferv1connect.ChainsServiceGetChainsProcedure,
}

// FuzzCall sends bytes to a procedure as a signed-in device. Whatever comes, the
// server answers, and never that it failed itself.
func FuzzCall(f *testing.F) {
	w := newWorld(f)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.create(bob)
	seed := func(procedure string, m proto.Message) {
		b, err := proto.Marshal(m)
		w.ok(err)
		for i, p := range procedures {
			if p == procedure {
				f.Add(byte(i), b)
			}
		}
	}
	genesis, _, _ := w.genesis("carol")
	seed(cofferv1connect.AccountServiceRegisterProcedure, genesis)
	seed(cofferv1connect.AccountServiceSignInProcedure, alice.signInMessage(alice.first.secret))
	u, err := alice.Chain.SetVault(randReader, alice.first.author(), alice.Roots, false)
	w.ok(err)
	seed(cofferv1connect.AccountServiceAppendChainProcedure, &cofferv1.AppendChainRequest{Entry: u.Entry.Marshal(), SealedRoots: wireRoots(u.Sealed)})
	seed(cofferv1connect.AccountServicePublishKeyPackagesProcedure, &cofferv1.PublishKeyPackagesRequest{KeyPackages: [][]byte{alice.first.newKeyPackage()}})
	seed(cofferv1connect.ConversationServicePostMessageProcedure, x.seal(x.header(), "text"))
	seed(cofferv1connect.ConversationServicePostCommitProcedure, x.prepareCommit(mls.CommitOptions{}, alice, bob).request)
	seed(cofferv1connect.ConversationServicePostLeaveProcedure, &cofferv1.PostLeaveRequest{Conversation: x.id[:], Leave: x.prepareLeave().Append(nil)})
	seed(cofferv1connect.ConversationServiceReadLogProcedure, &cofferv1.ReadLogRequest{Conversation: x.id[:], FromSeq: 1<<64 - 1, Descending: true})
	seed(cofferv1connect.ConversationServicePutDepositProcedure, &cofferv1.PutDepositRequest{Conversation: x.id[:], Epoch: 1<<64 - 1, Deposit: &cofferv1.Deposit{Account: idBytes(bob), Sealed: []byte{1}}})
	seed(cofferv1connect.DeviceServicePutLinkBoxProcedure, &cofferv1.PutLinkBoxRequest{Account: idBytes(alice), Mailbox: make([]byte, 16), Number: 1, Box: []byte{1}})
	seed(cofferv1connect.ConversationServiceOpenGenerationProcedure, x.prepareGeneration(convo.ReasonCommit, alice, bob).request)
	seed(cofferv1connect.ConversationServiceTakeLeaseProcedure, &cofferv1.TakeLeaseRequest{Conversation: x.id[:], GiveBack: true})
	seed(cofferv1connect.ConversationServiceReadDepositsProcedure, &cofferv1.ReadDepositsRequest{Conversation: x.id[:], Epoch: 1, Accounts: [][]byte{idBytes(bob)}})
	seed(cofferv1connect.ChainsServiceGetChainsProcedure, &cofferv1.GetChainsRequest{Chains: []*cofferv1.KnownChain{{Account: idBytes(bob), Seq: 1<<64 - 1}, {Account: idBytes(alice), Seq: 1 << 63}}})
	f.Add(byte(3), []byte{0xff})
	f.Fuzz(func(t *testing.T, n byte, body []byte) {
		procedure := procedures[int(n)%len(procedures)]
		r := httptest.NewRequestWithContext(t.Context(), "POST", procedure, bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/proto")
		r.Header.Set("Authorization", "Bearer "+alice.first.token)
		a := httptest.NewRecorder()
		w.server.Handler().ServeHTTP(a, r)
		if a.Code >= 500 {
			t.Errorf("%s: %d %s", procedure, a.Code, a.Body)
		}
	})
}
