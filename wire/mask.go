package wire

import "strings"

// separators may stand between the digits of a card number.
const separators = " -/_\t"

// MaskDigits masks every run of twelve or more digits, counting across the
// separators that card numbers are printed with, down to its last four. It is
// for text from outside on its way into a log or an error.
func MaskDigits(s string) string {
	var b []byte // allocated only when there is something to mask
	for i := 0; i < len(s); {
		end, digits := i, 0
		for j := i; j < len(s); j++ {
			c := s[j]
			if c >= '0' && c <= '9' {
				digits++
				end = j + 1
			} else if digits == 0 || !strings.ContainsRune(separators, rune(c)) {
				break
			}
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
