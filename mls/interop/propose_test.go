package interop

import (
	"crypto/sha256"

	"github.com/coffer-chat/coffer/mls/interop/wire"
)

func adding(kp []byte) *wire.ProposalDescription {
	return &wire.ProposalDescription{ProposalType: []byte("add"), KeyPackage: kp}
}

func removing(who string) *wire.ProposalDescription {
	return &wire.ProposalDescription{ProposalType: []byte("remove"), RemovedID: []byte(who)}
}

func externalPSK(id []byte) *wire.ProposalDescription {
	return &wire.ProposalDescription{ProposalType: []byte("externalPSK"), PSKID: id}
}

func resumptionPSK(epoch uint64) *wire.ProposalDescription {
	return &wire.ProposalDescription{ProposalType: []byte("resumptionPSK"), EpochID: epoch}
}

func replacing(e []*wire.Extension) *wire.ProposalDescription {
	return &wire.ProposalDescription{ProposalType: []byte("groupContextExtensions"), Extensions: e}
}

// Empty lists: required_capabilities that demand nothing, external_senders
// without any.
var (
	demanding = &wire.Extension{ExtensionType: 3, ExtensionData: []byte{0, 0, 0}}
	senders   = &wire.Extension{ExtensionType: 5, ExtensionData: []byte{0}}
	both      = []*wire.Extension{demanding, senders}
)

func (s *story) add(by string, kp []byte) []byte {
	return call[wire.ProposalResponse](s, "AddProposal", &wire.AddProposalRequest{StateID: s.states[by], KeyPackage: kp}).Proposal
}

func (s *story) remove(by, who string) []byte {
	return call[wire.ProposalResponse](s, "RemoveProposal", &wire.RemoveProposalRequest{StateID: s.states[by], RemovedID: []byte(who)}).Proposal
}

func (s *story) update(by string) []byte {
	return call[wire.ProposalResponse](s, "UpdateProposal", &wire.UpdateProposalRequest{StateID: s.states[by]}).Proposal
}

func (s *story) psk(by string, id []byte) []byte {
	return call[wire.ProposalResponse](s, "ExternalPSKProposal", &wire.ExternalPSKProposalRequest{StateID: s.states[by], PSKID: id}).Proposal
}

func (s *story) resume(by string, epoch uint64) []byte {
	return call[wire.ProposalResponse](s, "ResumptionPSKProposal", &wire.ResumptionPSKProposalRequest{StateID: s.states[by], EpochID: epoch}).Proposal
}

func (s *story) extend(by string, e []*wire.Extension) []byte {
	return call[wire.ProposalResponse](s, "GroupContextExtensionsProposal", &wire.GroupContextExtensionsProposalRequest{StateID: s.states[by], Extensions: e}).Proposal
}

// pskSecret is the secret of the external key of a name.
func pskSecret(id []byte) []byte {
	sum := sha256.Sum256(id)
	return sum[:]
}

// install gives an external key to clients, members or joining, and returns its
// name.
func (s *story) install(clients ...string) []byte {
	s.Helper()
	id := s.name("psk")
	for _, c := range clients {
		at, ok := s.states[c]
		if !ok {
			at = s.joining[c]
		}
		call[wire.StorePSKResponse](s, "StorePSK", &wire.StorePSKRequest{StateOrTransactionID: at, PSKID: id, PSKSecret: pskSecret(id)})
	}
	return id
}

// joinOptions is an external join.
type joinOptions struct {
	members      []string
	externalTree bool
	removePrior  bool
	psk          []byte
}

// joinExternally lets a client join through a member's GroupInfo.
func (s *story) joinExternally(through, joiner string, o joinOptions) {
	s.Helper()
	info := call[wire.GroupInfoResponse](s, "GroupInfo", &wire.GroupInfoRequest{StateID: s.states[through], ExternalTree: o.externalTree})
	q := &wire.ExternalJoinRequest{
		GroupInfo: info.GroupInfo, RatchetTree: info.RatchetTree, EncryptHandshake: s.private,
		Identity: []byte(joiner), RemovePrior: o.removePrior,
	}
	if o.psk != nil {
		q.PSKs = []*wire.PreSharedKey{{PSKID: o.psk, PSKSecret: pskSecret(o.psk)}}
	}
	r := call[wire.ExternalJoinResponse](s, "ExternalJoin", q)
	s.states[joiner] = r.StateID
	s.handle(append(o.members, through), nil, r.Commit, r.EpochAuthenticator)
}

// addSigner proposes an external sender.
func (s *story) addSigner(by, signer string) []byte {
	s.Helper()
	r := call[wire.CreateExternalSignerResponse](s, "CreateExternalSigner", &wire.CreateExternalSignerRequest{
		CipherSuite: s.suite, Identity: []byte(signer),
	})
	s.signers[signer] = r.SignerID
	return call[wire.ProposalResponse](s, "AddExternalSigner", &wire.AddExternalSignerRequest{
		StateID: s.states[by], ExternalSender: r.ExternalSender,
	}).Proposal
}

// proposeOutside is a proposal by an external sender.
func (s *story) proposeOutside(signer, through string, d *wire.ProposalDescription) []byte {
	s.Helper()
	info := call[wire.GroupInfoResponse](s, "GroupInfo", &wire.GroupInfoRequest{StateID: s.states[through], ExternalTree: true})
	return call[wire.ProposalResponse](s, "ExternalSignerProposal", &wire.ExternalSignerProposalRequest{
		SignerID: s.signers[signer], GroupInfo: info.GroupInfo, RatchetTree: info.RatchetTree, Description: d,
	}).Proposal
}
