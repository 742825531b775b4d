package codec

import (
	"errors"
	"testing"
)

func TestErrorTexts(t *testing.T) {
	cause := errors.New("cause")
	for want, err := range map[string]error{
		"codec: JSON at offset 7: expected a colon":              &SyntaxError{Format: "JSON", Offset: 7, Problem: "expected a colon"},
		"codec: XML at offset 0, $.company.bin: expected a time": &SyntaxError{Format: "XML", Path: "$.company.bin", Problem: "expected a time"},
		"codec: input over the limit of 64 (depth)":              &LimitError{Limit: "depth", Max: 64},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if !errors.Is(&SyntaxError{cause: cause}, cause) {
		t.Error("lost the cause")
	}
}
