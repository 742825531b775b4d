package wire

import (
	"strings"
	"unicode/utf8"
)

// separators may stand between the digits of a card number: what they are printed
// with, line breaks, and what oneLine makes of those. A dot is none, or amounts
// would be taken for cards.
const separators = " -/_\t\n\r\u00a0\u2007\u2009\u2010\u2011\u2012\u2013\u202f\ufffd"

// MaskDigits masks every run of twelve or more digits, counting across the
// separators that card numbers are printed with, down to its last four. It is
// for text from outside on its way into a log or an error.
func MaskDigits(s string) string {
	var b []byte // allocated only when there is something to mask
	for i := 0; i < len(s); {
		end, digits := i, 0
		for j := i; j < len(s); {
			c, size := utf8.DecodeRuneInString(s[j:])
			if c >= '0' && c <= '9' {
				digits++
				end = j + size
			} else if digits == 0 || !strings.ContainsRune(separators, c) {
				break
			}
			j += size
		}
		if digits < 12 {
			if end == i {
				end = i + 1
			}
			i = end
			continue
		}
		if b == nil {
			b = []byte(s)
		}
		for j, left := i, digits; j < end; j++ {
			if c := s[j]; c >= '0' && c <= '9' {
				if left > 4 {
					b[j] = '*'
				}
				left--
			}
		}
		i = end
	}
	if b == nil {
		return s
	}
	return string(b)
}
