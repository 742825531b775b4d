package sandbox

import "net/http"

// profilePath is where a program that is not written in Go asks for a recurring
// profile. It is no part of Freedom Pay.
const profilePath = "/_sandbox/recurring"

// RecurringProfile returns the id of the recurring profile that a payment made, which
// is told at pg_result_url. It is false for a payment that made none, or not yet.
func (s *Sandbox) RecurringProfile(paymentID string) (id string, ok bool) {
	s.alone(func() {
		p, err := s.payment(paymentID)
		if err == nil && p.profile != nil && p.profile.card != nil {
			id, ok = p.profile.id, true
		}
	}).start()
	return id, ok
}

// showProfile is RecurringProfile as GET /_sandbox/recurring?pg_payment_id=…
func (s *Sandbox) showProfile(w http.ResponseWriter, r *http.Request) {
	id, ok := s.RecurringProfile(r.URL.Query().Get("pg_payment_id"))
	if !ok {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "the payment has made no recurring profile"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"pg_recurring_profile_id": id})
}
