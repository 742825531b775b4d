package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// BlockCard blocks a card of the Card API, as its holder or Freedom Pay may do. Of
// the call that blocks one only the name is known.
func (s *Sandbox) BlockCard(cardID string) error {
	service := cardService{state: s.state}
	defer service.begin()()
	c, err := s.issuing.open(cardID)
	if err == nil && c.state == cardBlocked {
		err = errBlocked
	}
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	c.state = cardBlocked
	return nil
}

// cardDoors are how a program that is not written in Go does what the methods do
// that have no call of Freedom Pay: JSON, not signed.
func (s *Sandbox) cardDoors() {
	type blocking struct {
		CardID string `json:"card_id"`
	}
	s.mux.HandleFunc("POST /_sandbox/cards/block", door(http.StatusOK, func(b blocking) (blocking, error) { return b, s.BlockCard(b.CardID) }))
	s.mux.HandleFunc("POST /_sandbox/gift-cards", door(http.StatusCreated, s.CreateGiftCard))
}

// door answers a request with what do makes of it.
func door[T any](status int, do func(T) (T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
		decoder.DisallowUnknownFields()
		var request T
		err := decoder.Decode(&request)
		if err == nil {
			request, err = do(request)
		}
		if err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": strings.TrimPrefix(err.Error(), "sandbox: ")})
			return
		}
		writeJSON(w, status, request)
	}
}
