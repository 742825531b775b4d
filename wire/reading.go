package wire

// Reading is what the status of a payment says about the money. Answers that
// carry such a status have a method of that name.
//
// The dearest mistake to make here is to take a success for a payment: of a
// payment in two steps, success says that the money is held, and it may never
// be taken.
type Reading uint8

// The readings.
const (
	// ReadingUnknown: the status does not say, or says what no page documents.
	// Take it for none of the others.
	ReadingUnknown Reading = iota
	// ReadingNew: nothing was paid yet.
	ReadingNew
	// ReadingProcess: it is being paid; the payer may have to act.
	ReadingProcess
	// ReadingHeld: the money is held and not taken. It is taken when the payment
	// is cleared, by itself after five days, and let go when it is canceled.
	ReadingHeld
	// ReadingCaptured: the money was taken.
	ReadingCaptured
	// ReadingCanceled: the money was held and let go.
	ReadingCanceled
	// ReadingFailed: nothing was taken, and this payment will take nothing.
	ReadingFailed
)

var readingTexts = [...]string{
	ReadingUnknown:  "unknown",
	ReadingNew:      "new",
	ReadingProcess:  "in process",
	ReadingHeld:     "held",
	ReadingCaptured: "captured",
	ReadingCanceled: "canceled",
	ReadingFailed:   "failed",
}

// String returns the reading in words.
func (r Reading) String() string {
	if int(r) < len(readingTexts) {
		return readingTexts[r]
	}
	return "no reading"
}

// Captured reports whether the money was taken. Ship on this, and on nothing
// else. Refunds do not change it: what was given back is told beside it.
func (r Reading) Captured() bool { return r == ReadingCaptured }

// Held reports whether the money is held and still has to be taken or let go.
func (r Reading) Held() bool { return r == ReadingHeld }

// Settled reports whether nothing will change by itself any more: the money was
// taken, let go, or will never be taken.
func (r Reading) Settled() bool {
	return r == ReadingCaptured || r == ReadingCanceled || r == ReadingFailed
}

// ReadingOf reads a status in the words of the forms: the state of the payment,
// whether its money was captured as far as that is told, and whether its hold
// was canceled.
func ReadingOf(state string, captured *bool, canceled bool) Reading {
	switch state {
	case "new", "partial":
		return ReadingNew
	case "process", "pending":
		return ReadingProcess
	case "error", "failed", "incomplete":
		return ReadingFailed
	case "success", "ok":
		switch {
		case captured == nil:
			return ReadingUnknown // it may be a hold
		case *captured:
			return ReadingCaptured
		case canceled:
			return ReadingCanceled
		}
		return ReadingHeld
	}
	return ReadingUnknown
}
