package pgsig

import (
	"errors"
	"testing"
)

func TestScriptName(t *testing.T) {
	for path, want := range map[string]string{
		"/init_payment.php":                      "init_payment.php",
		"/g2g/status_v2":                         "status_v2",
		"/v1/merchant/123/cardstorage/add":       "add",
		"/a/b?c=d":                               "b",
		"/a/b?c=/d/e":                            "b",
		"/a/b?":                                  "b",
		"script.php":                             "script.php",
		"script.php?a/b":                         "script.php",
		"/a%2Fb":                                 "a%2Fb",
		"//b":                                    "b",
		"http://domain.com/path/to/script.php":   "script.php",
		"https://shop.kz/result?next=https://x/": "result",
		"/redirect/https://x/y":                  "y",
		"/redirect/https://y":                    "y",
	} {
		if got, err := ScriptName(path); err != nil || got != want {
			t.Errorf("%s: got %q (%v), want %q", path, got, err, want)
		}
	}
	for _, path := range []string{"", "/", "?", "/?a", "/a/", "/g2g/payment_page/", "/a/?b=c/d", "https://shop.kz", "https://shop.kz/", "https://shop.kz?a=/b", "https://"} {
		if got, err := ScriptName(path); !errors.Is(err, ErrScript) {
			t.Errorf("%s: got %q (%v), want %v", path, got, err, ErrScript)
		}
	}
}
