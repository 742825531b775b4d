package sandbox

import "github.com/freedompay-go/freedompay/wire"

// statusWord is what became of money in the words of pg_payment_status.
func statusWord(state wire.Reading) string {
	switch state {
	case wire.ReadingNew:
		return "new"
	case wire.ReadingProcess:
		return "process"
	case wire.ReadingFailed:
		return "error"
	default:
		return "success"
	}
}

// transactionWord is the same in the older words of pg_transaction_status.
func transactionWord(state wire.Reading, expired bool) string {
	switch {
	case state == wire.ReadingNew:
		return "partial"
	case state == wire.ReadingProcess:
		return "pending"
	case expired:
		return "incomplete"
	case state == wire.ReadingFailed:
		return "failed"
	default:
		return "ok"
	}
}
