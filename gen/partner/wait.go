package partner

import (
	"context"

	"github.com/freedompay-go/freedompay/middleware/wait"
	"github.com/freedompay-go/freedompay/wire"
)

// Over reports whether the work that a request asked for is over, well or not. What
// no page documents is not.
func (v *ClientRequestStatusAnswer) Over() bool {
	return v.RequestStatus == RequestStateSuccess || v.RequestStatus == RequestStateError
}

// Wait asks ClientRequestStatus until the work that an earlier request asked for is
// over. Work that failed is a *wire.Error of kind wire.ErrRejected, beside the answer
// that says so. See package wait for how it asks and when it gives up.
func Wait(ctx context.Context, api API, requestID string, opts ...wait.Option) (*ClientRequestStatusAnswer, error) {
	answer, err := wait.Until(ctx, func(ctx context.Context) (*ClientRequestStatusAnswer, error) {
		return api.ClientRequestStatus(ctx, &ClientRequestStatusRequest{RequestID: requestID})
	}, (*ClientRequestStatusAnswer).Over, opts...)
	if err == nil && answer.RequestStatus == RequestStateError {
		err = wire.NewError(wire.ErrRejected, clientRequestStatus.ID, wait.ErrFailed).Said(answer.ErrorCode, answer.ErrorDescription)
	}
	return answer, err
}
