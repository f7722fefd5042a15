// Package wire is the gRPC interface of the official MLS interoperability
// harness, mls_client.MLSClient of mlswg/mls-implementations: its messages as
// plain structs with the field numbers in their tags, a codec for them, and the
// service. Names and numbers are the interface; there is no generated code.
package wire

import (
	"context"

	"google.golang.org/grpc"
)

// ServiceName is the service's full name.
const ServiceName = "mls_client.MLSClient"

// Service is what the harness asks an implementation to do.
type Service interface {
	Name(context.Context, *NameRequest) (*NameResponse, error)
	SupportedCiphersuites(context.Context, *SupportedCiphersuitesRequest) (*SupportedCiphersuitesResponse, error)

	CreateGroup(context.Context, *CreateGroupRequest) (*CreateGroupResponse, error)
	CreateKeyPackage(context.Context, *CreateKeyPackageRequest) (*CreateKeyPackageResponse, error)
	JoinGroup(context.Context, *JoinGroupRequest) (*JoinGroupResponse, error)
	ExternalJoin(context.Context, *ExternalJoinRequest) (*ExternalJoinResponse, error)

	GroupInfo(context.Context, *GroupInfoRequest) (*GroupInfoResponse, error)
	StateAuth(context.Context, *StateAuthRequest) (*StateAuthResponse, error)
	Export(context.Context, *ExportRequest) (*ExportResponse, error)
	Protect(context.Context, *ProtectRequest) (*ProtectResponse, error)
	Unprotect(context.Context, *UnprotectRequest) (*UnprotectResponse, error)
	StorePSK(context.Context, *StorePSKRequest) (*StorePSKResponse, error)

	AddProposal(context.Context, *AddProposalRequest) (*ProposalResponse, error)
	UpdateProposal(context.Context, *UpdateProposalRequest) (*ProposalResponse, error)
	RemoveProposal(context.Context, *RemoveProposalRequest) (*ProposalResponse, error)
	ExternalPSKProposal(context.Context, *ExternalPSKProposalRequest) (*ProposalResponse, error)
	ResumptionPSKProposal(context.Context, *ResumptionPSKProposalRequest) (*ProposalResponse, error)
	GroupContextExtensionsProposal(context.Context, *GroupContextExtensionsProposalRequest) (*ProposalResponse, error)

	Commit(context.Context, *CommitRequest) (*CommitResponse, error)
	HandleCommit(context.Context, *HandleCommitRequest) (*HandleCommitResponse, error)
	HandlePendingCommit(context.Context, *HandlePendingCommitRequest) (*HandleCommitResponse, error)

	ReInitProposal(context.Context, *ReInitProposalRequest) (*ProposalResponse, error)
	ReInitCommit(context.Context, *CommitRequest) (*CommitResponse, error)
	HandlePendingReInitCommit(context.Context, *HandlePendingCommitRequest) (*HandleReInitCommitResponse, error)
	HandleReInitCommit(context.Context, *HandleCommitRequest) (*HandleReInitCommitResponse, error)
	ReInitWelcome(context.Context, *ReInitWelcomeRequest) (*CreateSubgroupResponse, error)
	HandleReInitWelcome(context.Context, *HandleReInitWelcomeRequest) (*JoinGroupResponse, error)

	CreateBranch(context.Context, *CreateBranchRequest) (*CreateSubgroupResponse, error)
	HandleBranch(context.Context, *HandleBranchRequest) (*HandleBranchResponse, error)

	NewMemberAddProposal(context.Context, *NewMemberAddProposalRequest) (*NewMemberAddProposalResponse, error)
	CreateExternalSigner(context.Context, *CreateExternalSignerRequest) (*CreateExternalSignerResponse, error)
	AddExternalSigner(context.Context, *AddExternalSignerRequest) (*ProposalResponse, error)
	ExternalSignerProposal(context.Context, *ExternalSignerProposalRequest) (*ProposalResponse, error)

	Free(context.Context, *FreeRequest) (*FreeResponse, error)
}

// NewServer returns a gRPC server that offers s.
func NewServer(s Service) *grpc.Server {
	g := grpc.NewServer(grpc.ForceServerCodecV2(Codec{}))
	g.RegisterService(&grpc.ServiceDesc{
		ServiceName: ServiceName, HandlerType: (*Service)(nil), Methods: methods,
	}, s)
	return g
}

// Call calls a method of the service over a connection.
func Call[R, Q any](ctx context.Context, c *grpc.ClientConn, method string, request *Q) (*R, error) {
	response := new(R)
	err := c.Invoke(ctx, "/"+ServiceName+"/"+method, request, response, grpc.ForceCodecV2(Codec{}))
	return response, err
}

var methods = []grpc.MethodDesc{
	method("Name", Service.Name),
	method("SupportedCiphersuites", Service.SupportedCiphersuites),
	method("CreateGroup", Service.CreateGroup),
	method("CreateKeyPackage", Service.CreateKeyPackage),
	method("JoinGroup", Service.JoinGroup),
	method("ExternalJoin", Service.ExternalJoin),
	method("GroupInfo", Service.GroupInfo),
	method("StateAuth", Service.StateAuth),
	method("Export", Service.Export),
	method("Protect", Service.Protect),
	method("Unprotect", Service.Unprotect),
	method("StorePSK", Service.StorePSK),
	method("AddProposal", Service.AddProposal),
	method("UpdateProposal", Service.UpdateProposal),
	method("RemoveProposal", Service.RemoveProposal),
	method("ExternalPSKProposal", Service.ExternalPSKProposal),
	method("ResumptionPSKProposal", Service.ResumptionPSKProposal),
	method("GroupContextExtensionsProposal", Service.GroupContextExtensionsProposal),
	method("Commit", Service.Commit),
	method("HandleCommit", Service.HandleCommit),
	method("HandlePendingCommit", Service.HandlePendingCommit),
	method("ReInitProposal", Service.ReInitProposal),
	method("ReInitCommit", Service.ReInitCommit),
	method("HandlePendingReInitCommit", Service.HandlePendingReInitCommit),
	method("HandleReInitCommit", Service.HandleReInitCommit),
	method("ReInitWelcome", Service.ReInitWelcome),
	method("HandleReInitWelcome", Service.HandleReInitWelcome),
	method("CreateBranch", Service.CreateBranch),
	method("HandleBranch", Service.HandleBranch),
	method("NewMemberAddProposal", Service.NewMemberAddProposal),
	method("CreateExternalSigner", Service.CreateExternalSigner),
	method("AddExternalSigner", Service.AddExternalSigner),
	method("ExternalSignerProposal", Service.ExternalSignerProposal),
	method("Free", Service.Free),
}

func method[Q, R any](name string, call func(Service, context.Context, *Q) (*R, error)) grpc.MethodDesc {
	return grpc.MethodDesc{MethodName: name, Handler: func(s any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		request := new(Q)
		if err := decode(request); err != nil {
			return nil, err
		}
		return call(s.(Service), ctx, request)
	}}
}
