package accounts

import (
	"context"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/store"
)

var _ cofferv1connect.ChainsServiceHandler = (*Service)(nil)

// maxNews bounds the entries of an answer to GetChains, in bytes, unless those
// of the first chain alone are more.
const maxNews = 2 << 20

// GetChains implements the service: one view of each account, none of two. An
// account that is not here has no news.
func (s *Service) GetChains(ctx context.Context, req *connect.Request[cofferv1.GetChainsRequest]) (*connect.Response[cofferv1.GetChainsResponse], error) {
	if _, err := auth.Device(ctx); err != nil {
		return nil, err
	}
	m := &cofferv1.GetChainsResponse{}
	size := 0
	for _, k := range req.Msg.GetChains() {
		id, err := accountID(k.GetAccount())
		if err != nil {
			return nil, err
		}
		var news [][]byte
		err = s.Store.ViewAccount(ctx, id, func(v store.AccountView) (err error) {
			news, err = v.Chain(k.GetSeq()+1, account.MaxChain)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, entry := range news {
			size += len(entry)
		}
		if size > maxNews && m.Taken > 0 {
			break
		}
		m.Taken++
		if len(news) > 0 {
			m.Chains = append(m.Chains, &cofferv1.ChainNews{Account: k.GetAccount(), Entries: news})
		}
	}
	return connect.NewResponse(m), nil
}
