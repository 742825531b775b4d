package browser

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
)

// get and posting make the two requests that bring the same fields.
func get(target, fields string) *http.Request {
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	return httptest.NewRequest("GET", target+separator+fields, nil)
}

func posting(target, fields string) *http.Request {
	return post(target, urlEncoded, strings.NewReader(fields))
}

var ways = map[string]func(target, fields string) *http.Request{"GET": get, "POST": posting}

func verifying() RedirectOptions { return RedirectOptions{Credentials: testCredentials} }

// redirectFields are those of the documentation, and two of the merchant's own.
var redirectFields = "client=Ivan+I.&pg_order_id=23&pg_payment_id=4567788&basket=17&pg_salt=abc&pg_sig=" +
	sign("success", "17", "Ivan I.", "23", "4567788", "abc", testSecret)

func TestParseRedirect(t *testing.T) {
	for way, request := range ways {
		back, err := ParseRedirect(request("/pay/success", redirectFields), verifying())
		if err != nil {
			t.Errorf("%s: %v", way, err)
			continue
		}
		if !back.Verified || back.OrderID != "23" || back.PaymentID != "4567788" || back.ErrorCode != "" ||
			shape(back.Parameters) != "client=Ivan I.\nbasket=17\n" || back.Undocumented != nil {
			t.Errorf("%s: got %+v", way, back)
		}
	}
}

// The one vector of the documentation whose signature is known, which also says
// that the script name is that of the merchant's own URL.
func TestParseRedirectVerifiesTheDocumentedVector(t *testing.T) {
	const fields = "pg_salt=9imM909TH820jwk387&pg_t_param=value3&pg_a_param=value1&pg_z_param%5Bpg_q_subparam%5D=subvalue2" +
		"&pg_z_param%5Bpg_m_subparam%5D=subvalue1&pg_b_param=value2&pg_sig=a8a4d5a9188f24038a14a4d65c387bf7"
	o := RedirectOptions{Credentials: wire.NewCredentials("1", "mypasskey"), URL: "http://domain.com/path/to/script.php"}
	for way, request := range ways {
		back, err := ParseRedirect(request("/behind/a/proxy", fields), o)
		if err != nil || !back.Verified || len(back.Undocumented) != 5 || back.Parameters != nil {
			t.Errorf("%s: got %+v (%v)", way, back, err)
		}
	}
}

func TestParseRedirectOfAParsedForm(t *testing.T) {
	r := posting("/pay/success?pg_order_id=24", redirectFields)
	if err := r.ParseForm(); err != nil {
		t.Fatal(err)
	}
	back, err := ParseRedirect(r, verifying())
	if err != nil || !back.Verified || back.OrderID != "23" || shape(back.Parameters) != "basket=17\nclient=Ivan I.\n" {
		t.Errorf("got %+v (%v)", back, err)
	}
}

func TestScriptName(t *testing.T) {
	fields := func(script string) string {
		return "pg_order_id=23&pg_salt=abc&pg_sig=" + sign(script, "23", "abc", testSecret)
	}
	tests := []struct {
		target, url, script, signed string
	}{
		{"/pay/success", "", "", "success"},
		{"/pay/success.php", "", "", "success.php"},
		{"/pay/a%20b", "", "", "a%20b"},
		{"/rewritten", "https://shop.example/pay/success", "", "success"},
		{"/rewritten", "/pay/success", "", "success"},
		{"/rewritten", "https://shop.example/pay/success#top", "", "success"},
		{"/rewritten", "https://shop.example/pay/success?next=/other", "", "success"},
		{"/pay/success", "", "other", "other"},
		{"/pay/", "", "pay", "pay"},
		{"/", "https://shop.example", "index", "index"},
	}
	for _, test := range tests {
		for way, request := range ways {
			o := verifying()
			o.URL, o.Script = test.url, test.script
			if back, err := ParseRedirect(request(test.target, fields(test.signed)), o); err != nil || !back.Verified {
				t.Errorf("%s %+v: %v", way, test, err)
			}
			if _, err := ParseRedirect(request(test.target, fields("another")), o); !errors.Is(err, ErrSignature) {
				t.Errorf("%s %+v: another name: got %v", way, test, err)
			}
		}
	}
	for _, target := range []string{"/", "/pay/"} {
		if _, err := ParseRedirect(get(target, fields("pay")), verifying()); !errors.Is(err, pgsig.ErrScript) {
			t.Errorf("%s: got %v", target, err)
		}
	}
}

// Whether the query of the merchant's own URL is signed is open: both readings
// verify, and no third.
func TestOwnQuery(t *testing.T) {
	const own = "https://shop.example/pay/success?lang=kk&shop=7"
	const with, without = "signed with", "signed without"
	sigs := map[string]string{
		// In the order of their names: basket, lang, pg_order_id, …, shop.
		with:    sign("success", "17", "kk", "23", "4567788", "abc", "7", testSecret),
		without: sign("success", "17", "23", "4567788", "abc", testSecret),
	}
	fields := func(sig string) string {
		return "pg_order_id=23&pg_payment_id=4567788&basket=17&pg_salt=abc&pg_sig=" + sig
	}
	for reading, sig := range sigs {
		for way, request := range ways {
			o := verifying()
			o.URL = own
			back, err := ParseRedirect(request("/pay/success?lang=kk&shop=7", fields(sig)), o)
			if err != nil || !back.Verified || shape(back.Parameters) != "basket=17\n" {
				t.Errorf("%s, %s: got %+v (%v)", way, reading, back, err)
			}
			// Behind a proxy that takes the query away, as far as it can be known.
			_, err = ParseRedirect(request("/pay/success", fields(sig)), o)
			if wantErr := way == "GET" && reading == with; (err != nil) != wantErr {
				t.Errorf("%s, %s, query gone: %v", way, reading, err)
			}
		}
		// Changed, a pair is not left out. By POST it is not looked at.
		for _, query := range []string{"lang=ru&shop=7", "lang=kk&shop=7&shop=7", "lang=kk&shop=7&more=1", "LANG=kk&shop=7"} {
			o := verifying()
			o.URL = own
			if _, err := ParseRedirect(get("/pay/success?"+query, fields(sig)), o); !errors.Is(err, ErrSignature) {
				t.Errorf("%s, %s: got %v", reading, query, err)
			}
		}
	}
	// Without the option, the query counts as signed by GET and not by POST.
	for way, request := range ways {
		signed := map[string]string{"GET": sigs[with], "POST": sigs[without]}[way]
		if _, err := ParseRedirect(request("/pay/success?lang=kk&shop=7", fields(signed)), verifying()); err != nil {
			t.Errorf("%s: %v", way, err)
		}
		other := map[string]string{"GET": sigs[without], "POST": sigs[with]}[way]
		if _, err := ParseRedirect(request("/pay/success?lang=kk&shop=7", fields(other)), verifying()); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: got %v", way, err)
		}
	}
	o := verifying()
	o.URL = "/pay/success?a=%zz"
	if _, err := ParseRedirect(get("/pay/success", fields(sigs[with])), o); !errors.Is(err, ErrReturn) {
		t.Errorf("malformed: got %v", err)
	}
}

func TestTheFailureOfAFrameIsUnsigned(t *testing.T) {
	const fields = "pg_order_id=23&pg_status=error&pg_error_code=10009&pg_error_description=Card+4405639704015096+refused&client=Ivan"
	for way, request := range ways {
		back, err := ParseRedirect(request("/pay/failure", fields), verifying())
		if err != nil || back.Verified || back.OrderID != "23" || back.Status != "error" || back.ErrorCode != "10009" ||
			back.ErrorText != "Card ************5096 refused" || shape(back.Parameters) != "client=Ivan\n" {
			t.Errorf("%s: got %+v (%v)", way, back, err)
		}
		// Signed, it is held to the signature like any other.
		sig := sign("failure", "Ivan", "10009", "Card 4405639704015096 refused", "23", "error", testSecret)
		if back, err := ParseRedirect(request("/pay/failure", fields+"&pg_sig="+sig), verifying()); err != nil || !back.Verified {
			t.Errorf("%s, signed: got %+v (%v)", way, back, err)
		}
		for _, wrong := range []string{"", "0", strings.ToUpper(sig), sign("failure", "Ivan")} {
			if back, err := ParseRedirect(request("/pay/failure", fields+"&pg_sig="+wrong), verifying()); back != nil || !errors.Is(err, ErrSignature) {
				t.Errorf("%s, signed with %q: got %v", way, wrong, err)
			}
		}
	}
}

func TestParseRedirectRefuses(t *testing.T) {
	const marker = "4405639704015096"
	sig := sign("success", "23", "4567788", "abc", testSecret)
	good := "pg_order_id=23&pg_payment_id=4567788&pg_salt=abc&pg_sig=" + sig
	tests := map[string]struct {
		fields string
		want   error
	}{
		"nothing":          {"", ErrSignature},
		"unsigned":         {"pg_order_id=" + marker + "&pg_payment_id=4567788", ErrSignature},
		"no code":          {"pg_order_id=23&pg_status=error&pg_error_code=", ErrSignature},
		"another order":    {strings.Replace(good, "=23", "="+marker, 1), ErrSignature},
		"another payment":  {strings.Replace(good, "4567788", marker, 1), ErrSignature},
		"another salt":     {strings.Replace(good, "abc", "abd", 1), ErrSignature},
		"one field more":   {good + "&a=" + marker, ErrSignature},
		"one field less":   {strings.Replace(good, "pg_salt=abc&", "", 1), ErrSignature},
		"capitals":         {strings.Replace(good, sig, strings.ToUpper(sig), 1), ErrSignature},
		"an error beside":  {good + "&pg_error_code=1", ErrSignature},
		"two signatures":   {good + "&pg_sig=" + sig, ErrReturn},
		"two orders":       {"pg_order_id=" + marker + "&" + good, ErrReturn},
		"two payments":     {good + "&pg_payment_id=" + marker, ErrReturn},
		"two salts":        {good + "&pg_salt=abc", ErrReturn},
		"bad escape":       {good + "&a=" + marker + "%zz", ErrReturn},
		"semicolon":        {good + "&a=" + marker + ";b=1", ErrReturn},
		"no UTF-8":         {good + "&a=" + marker + "%ff", ErrReturn},
		"brackets":         {good + "&a[" + marker + "=1", ErrReturn},
		"many":             {good + strings.Repeat("&a", 2000), ErrReturn},
		"large":            {good + "&a=" + strings.Repeat(marker, MaxRedirect/len(marker)), ErrTooLarge},
		"signed as nobody": {strings.Replace(good, sig, sign("success", "23", "4567788", "abc", ""), 1), ErrSignature},
	}
	for what, test := range tests {
		for way, request := range ways {
			back, err := ParseRedirect(request("/pay/success", test.fields), verifying())
			if back != nil || !errors.Is(err, test.want) || strings.Contains(err.Error(), marker) || strings.Contains(err.Error(), testSecret) {
				t.Errorf("%s, %s: got %v", way, what, err)
			}
		}
	}
	for way, request := range ways {
		if _, err := ParseRedirect(request("/pay/success", good), verifying()); err != nil {
			t.Errorf("%s: %v", way, err)
		}
		// The secret for payouts signs no redirect.
		o := RedirectOptions{Credentials: wire.Credentials{ID: testID, PayoutSecret: wire.NewSecret(testSecret)}}
		if _, err := ParseRedirect(request("/pay/success", good), o); !errors.Is(err, ErrCredentials) {
			t.Errorf("%s: got %v", way, err)
		}
	}
	for _, method := range []string{"HEAD", "PUT", "OPTIONS"} {
		r := get("/pay/success", good)
		r.Method = method
		if _, err := ParseRedirect(r, verifying()); !errors.Is(err, ErrReturn) {
			t.Errorf("%s: got %v", method, err)
		}
	}
	if _, err := ParseRedirect(post("/pay/success", "multipart/form-data; boundary=x", strings.NewReader("")), verifying()); !errors.Is(err, ErrReturn) {
		t.Errorf("multipart: got %v", err)
	}
	if _, err := ParseRedirect(post("/pay/success?"+good, urlEncoded, strings.NewReader("")), verifying()); !errors.Is(err, ErrSignature) {
		t.Errorf("a POST with the fields in the query: got %v", err)
	}
}

// FuzzParseRedirect: nothing unsigned is verified, and nothing unverified comes
// back but the failure of a frame.
func FuzzParseRedirect(f *testing.F) {
	f.Add(redirectFields, "")
	f.Add(redirectFields, "/pay/success?client=Ivan+I.")
	f.Add("pg_order_id=23&pg_error_code=1", "/pay/success?pg_order_id=23")
	f.Add("a[]=1&a[]=2&a[b][c]=3&pg_sig=0", "?&=")
	f.Add("pg_sig=%&;", "https://shop.example/pay/success?a=1&a=1&a=2")
	f.Fuzz(func(t *testing.T, query, own string) {
		for way, request := range map[string]*http.Request{
			"GET":  {Method: "GET", URL: &url.URL{Path: "/pay/success", RawQuery: query}},
			"POST": posting("/pay/success", query),
		} {
			o := verifying()
			o.URL = own
			back, err := ParseRedirect(request, o)
			if (back == nil) == (err == nil) {
				t.Fatalf("%s: got %v and %v", way, back, err)
			}
			if err != nil {
				for _, class := range []error{ErrReturn, ErrSignature, ErrTooLarge, pgsig.ErrScript} {
					if errors.Is(err, class) {
						err = nil
						break
					}
				}
				if err != nil {
					t.Fatalf("%s: %v is of no class", way, err)
				}
				continue
			}
			fields, err := url.ParseQuery(query)
			if err != nil {
				t.Fatalf("%s: %q is read and malformed: %v", way, query, err)
			}
			if strings.Contains(own, "?") {
				continue // it may have a pg_sig of its own
			}
			if fields.Has("pg_sig") != back.Verified || !back.Verified && back.ErrorCode == "" {
				t.Fatalf("%s: got %+v of %q", way, back, query)
			}
		}
	})
}
