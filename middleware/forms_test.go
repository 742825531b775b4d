package middleware_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/catalog"
	"github.com/freedompay-go/freedompay/gen/gateway"
	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
)

// fieldsIn reads the form that arrived with the standard library, in its order.
// A form of the field pg_xml gives the elements in it.
func fieldsIn(t *testing.T, a arrived) (fields form) {
	t.Helper()
	fields = parse(t, &http.Request{Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body))})
	if len(fields) == 1 && fields[0].name == "pg_xml" {
		var doc struct {
			XMLName xml.Name `xml:"request"`
			Members []struct {
				XMLName xml.Name
				Text    string `xml:",chardata"`
			} `xml:",any"`
		}
		if err := xml.Unmarshal([]byte(fields[0].value), &doc); err != nil {
			t.Fatal(err)
		}
		fields = nil
		for _, m := range doc.Members {
			fields = append(fields, struct{ name, value string }{m.XMLName.Local, m.Text})
		}
	}
	return fields
}

// checkSignature holds the pg_sig of flat fields to one that is computed by hand.
func checkSignature(t *testing.T, fields form, script, secret string) {
	t.Helper()
	sorted := slices.Clone(fields)
	slices.SortStableFunc(sorted, func(a, b struct{ name, value string }) int { return strings.Compare(a.name, b.name) })
	parts := []string{script}
	got := ""
	for _, f := range sorted {
		if f.name == "pg_sig" {
			got = f.value
			continue
		}
		parts = append(parts, f.value)
	}
	if want := md5of(append(parts, secret)...); got != want {
		t.Errorf("pg_sig %q, want that of script %s: %q", got, script, want)
	}
}

func (f form) names() (names []string) {
	for _, p := range f {
		names = append(names, p.name)
	}
	return names
}

func (f form) value(name string) string {
	for _, p := range f {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// What the options of a call do to a form, on the wire.
func TestFormsOnTheWire(t *testing.T) {
	refund := func(p *peer, opts ...wire.CallOption) error {
		c, err := gateway.New(wire.Environment(p.base()), shop, middleware.WithRandom(bytes.NewReader(bytes.Repeat([]byte{1}, 64))))
		if err != nil {
			return err
		}
		request := &gateway.PaymentRefundRequest{PaymentID: "7", Amount: wire.MustDecimal("40.00")}
		request.Extra().AddText("order_note", "Спасибо; до свидания & <b>")
		_, err = c.PaymentRefund(t.Context(), request, opts...)
		return err
	}
	const answer = "<response><pg_status>error</pg_status><pg_error_code>9999</pg_error_code></response>"
	for _, test := range []struct {
		name         string
		opts         []wire.CallOption
		path, media  string
		script, with string
	}{
		{"as documented", nil, "/g2g/refund", "multipart/form-data", "refund", "payments"},
		{"urlencoded", []wire.CallOption{wire.WithURLEncodedBody()}, "/g2g/refund", "application/x-www-form-urlencoded", "refund", "payments"},
		{"as XML in multipart", []wire.CallOption{wire.WithPgXML()}, "/g2g/refund", "multipart/form-data", "refund", "payments"},
		{"as XML, urlencoded", []wire.CallOption{wire.WithPgXML(), wire.WithURLEncodedBody()}, "/g2g/refund", "application/x-www-form-urlencoded", "refund", "payments"},
		{"with the other secret", []wire.CallOption{wire.WithScheme(wire.PgSigPayout)}, "/g2g/refund", "multipart/form-data", "refund", "payouts"},
		{"under another path", []wire.CallOption{wire.WithPath("/old/refund.php")}, "/old/refund.php", "multipart/form-data", "refund.php", "payments"},
		{"with another script", []wire.CallOption{wire.WithScript("revoke")}, "/g2g/refund", "multipart/form-data", "revoke", "payments"},
		{"with both", []wire.CallOption{wire.WithPath("/old/refund.php"), wire.WithScript("refund")}, "/old/refund.php", "multipart/form-data", "refund", "payments"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPeer(t, answerWith(200, "application/xml", answer))
			if err := refund(p, test.opts...); !errors.Is(err, wire.ErrRejected) {
				t.Fatal(err)
			}
			a := p.only(t)
			if media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); a.path != basePath+test.path || media != test.media {
				t.Errorf("%s as %s", a.path, media)
			}
			fields := fieldsIn(t, a)
			if want := []string{"pg_merchant_id", "pg_payment_id", "pg_amount", "order_note", "pg_salt", "pg_sig"}; !slices.Equal(fields.names(), want) {
				t.Errorf("fields %q, want %q", fields.names(), want)
			}
			if fields.value("pg_merchant_id") != "1" || fields.value("pg_amount") != "40.00" || fields.value("order_note") != "Спасибо; до свидания & <b>" {
				t.Errorf("%v", fields)
			}
			checkSignature(t, fields, test.script, test.with)
		})
	}
}

// Nested fields are named as PHP reads them, and signed in the order that is
// worked out by hand here.
func TestNestedFormOnTheWire(t *testing.T) {
	p := newPeer(t, answerWith(200, "application/xml", "<response><pg_status>error</pg_status></response>"))
	c, err := gateway.New(wire.Environment(p.base()), shop, middleware.WithRandom(bytes.NewReader(bytes.Repeat([]byte{1}, 64))))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.PageCreate(t.Context(), &gateway.PageCreateRequest{
		OrderID: "1", Amount: wire.MustDecimal("500.00"), Description: "Хлеб",
		ReceiptPositions: []gateway.ReceiptPosition{
			{Count: new(int64(2)), Name: "Хлеб", Price: wire.MustDecimal("250.00"), TaxType: gateway.TaxTypeNone, UnitCode: new(int64(796)), MarkList: []string{"m2", "m1"}},
			{Count: new(int64(1)), Name: "Пакет", Price: wire.MustDecimal("0.01")},
		},
	})
	if !errors.Is(err, wire.ErrRejected) {
		t.Fatal(err)
	}
	fields := fieldsIn(t, p.only(t))
	if want := []string{
		"pg_merchant_id", "pg_order_id", "pg_amount", "pg_description",
		"pg_receipt_positions[0][count]", "pg_receipt_positions[0][name]", "pg_receipt_positions[0][price]",
		"pg_receipt_positions[0][tax_type]", "pg_receipt_positions[0][UnitCode]",
		"pg_receipt_positions[0][mark_list][]", "pg_receipt_positions[0][mark_list][]",
		"pg_receipt_positions[1][count]", "pg_receipt_positions[1][name]", "pg_receipt_positions[1][price]",
		"pg_salt", "pg_sig",
	}; !slices.Equal(fields.names(), want) {
		t.Errorf("fields %q", fields.names())
	}
	if want := md5of("payment_page",
		"500.00", "Хлеб", "1", "1", // amount, description, merchant, order
		"796", "2", "m2", "m1", "Хлеб", "250.00", "0", // UnitCode, count, mark_list, name, price, tax_type
		"1", "Пакет", "0.01",
		salt1, "payments"); fields.value("pg_sig") != want {
		t.Errorf("pg_sig %s, want %s", fields.value("pg_sig"), want)
	}
}

// The merchant's id goes into the path as it is signed: with what a path may not
// hold escaped.
func TestIdentityInThePath(t *testing.T) {
	p := newPeer(t, answerWith(200, "application/xml", "<root><pg_status>error</pg_status></root>"))
	c, err := merchant.New(wire.Environment(p.base()), wire.NewCredentials("12 34/5", "payments"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.CardRemove(t.Context(), &merchant.CardRemoveRequest{UserID: "1", CardToken: wire.NewSecret("t")}); !errors.Is(err, wire.ErrRejected) {
		t.Fatal(err)
	}
	a := p.only(t)
	if a.path != basePath+"/v1/merchant/12%2034%2F5/cardstorage/remove" {
		t.Error(a.path)
	}
	fields := fieldsIn(t, a)
	if fields.value("pg_merchant_id") != "12 34/5" {
		t.Error(fields)
	}
	checkSignature(t, fields, "remove", "payments")
}

// The invoices of 2025 have the merchant's id in the body, a number in JSON.
func TestIdentityInTheBody(t *testing.T) {
	for name, test := range map[string]struct {
		opts []wire.CallOption
		want string
	}{
		"a form": {nil, "\r\n\r\n123456\r\n"},
		"JSON":   {[]wire.CallOption{wire.WithJSONBody()}, `{"merchant_id":123456,"order_id":"1","amount":100`},
	} {
		p := newPeer(t, answerWith(200, "application/xml", "<root><status>error</status></root>"))
		c, err := merchant.New(wire.Environment(p.base()), credentials)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.InvoiceInit(t.Context(), &merchant.InvoiceInitRequest{OrderID: "1", Amount: wire.MustDecimal("100")}, test.opts...)
		if !errors.Is(err, wire.ErrRejected) {
			t.Fatal(err)
		}
		a := p.only(t)
		if !strings.Contains(a.body, test.want) || strings.Count(a.body, "merchant_id") != 1 {
			t.Errorf("%s: %s", name, a.body)
		}
		merchant2025.check(t, a)
	}
	p := newPeer(t, answerWith(200, "application/xml", "<root/>"))
	c, err := merchant.New(wire.Environment(p.base()), wire.NewCredentials("shop", secret))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.InvoiceInit(t.Context(), &merchant.InvoiceInitRequest{OrderID: "1"})
	if !errors.Is(err, wire.ErrInvalidRequest) || !strings.Contains(err.Error(), "must be a number") || len(p.arrived()) != 0 {
		t.Errorf("%v, %d requests", err, len(p.arrived()))
	}
}

// Options that do not fit are errors before anything is sent.
func TestOptionsThatDoNotFit(t *testing.T) {
	p := newPeer(t, answerWith(200, "application/xml", "<root/>"))
	c, err := merchant.New(wire.Environment(p.base()), credentials)
	if err != nil {
		t.Fatal(err)
	}
	for name, opt := range map[string]wire.CallOption{
		"WithScheme":          wire.WithScheme(wire.PgSigPayout),
		"WithScript":          wire.WithScript("pay"),
		"WithPgXML":           wire.WithPgXML(),
		"x-www-form":          wire.WithURLEncodedBody(),
		"start with a slash":  wire.WithPath("cancel.php"),
		"credentials hold no": wire.WithCredentials(wire.NewCredentials("", "x")),
	} {
		_, err := c.InvoicePay(t.Context(), payRequest(), opt)
		if !errors.Is(err, wire.ErrInvalidRequest) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = c.PaymentCancel(t.Context(), &merchant.PaymentCancelRequest{PaymentID: "1"}, wire.WithScheme(wire.JWSHS256))
	if !errors.Is(err, wire.ErrInvalidRequest) {
		t.Error(err)
	}
	if len(p.arrived()) != 0 {
		t.Errorf("%d requests were sent", len(p.arrived()))
	}
	if _, err := merchant.New(wire.KZTest, shop, middleware.WithPgSigOrder(pgsig.Order(9))); err == nil {
		t.Error("an order that is none")
	}
}

// Every operation that is signed with pg_sig, against every way in which its
// answer may be signed or not. None of them may be read as "not charged".
func TestAnswersOfEveryFormOperation(t *testing.T) {
	operations := 0
	for _, op := range catalog.All() {
		if !op.Security.IsPgSig() {
			continue
		}
		operations++
		secrets := map[wire.Scheme][2]string{wire.PgSigPayment: {"payments", "payouts"}, wire.PgSigPayout: {"payouts", "payments"}}[op.Security]
		script := op.Script
		if script == "" {
			script = op.Path[strings.LastIndexByte(op.Path, '/')+1:]
		}
		ok := op.Failure.Others[0]
		answer := func(status, text, secret string) string {
			body := fmt.Sprintf("<pg_error_code>%s</pg_error_code><pg_status>%s</pg_status><pg_salt>s</pg_salt>", text, status)
			if secret != "" {
				body += "<pg_sig>" + md5of(script, text, "s", status, secret) + "</pg_sig>"
			}
			return "<response>" + body + "</response>"
		}
		for _, test := range []struct {
			name    string
			status  int
			body    string
			kind    wire.Kind
			verdict wire.Verdict
			unknown bool
			opts    []wire.CallOption
		}{
			{"a signed success", 200, answer(ok, "0", secrets[0]), 0, wire.AnswerVerified, false, nil},
			{"an unsigned success", 200, answer(ok, "0", ""), wire.ErrBadSignature, wire.AnswerUnsigned, true, nil},
			{"a success signed with the other secret", 200, answer(ok, "0", secrets[1]), wire.ErrBadSignature, wire.AnswerForged, true, nil},
			{"a forged success, unsigned ones taken", 200, answer(ok, "0", "x"), wire.ErrBadSignature, wire.AnswerForged, true, []wire.CallOption{wire.WithUnsignedAnswer()}},
			{"a signed word that no page has", 200, answer("rejected", "0", secrets[0]), wire.ErrUnexpectedAnswer, wire.AnswerVerified, true, nil},
			{"a signed success with a space around it", 200, answer(ok+" ", "0", secrets[0]), wire.ErrUnexpectedAnswer, wire.AnswerVerified, true, nil},
			{"a signed error", 200, answer("error", "10001", secrets[0]), wire.ErrRejected, wire.AnswerVerified, false, nil},
			{"an unsigned error", 200, answer("error", "10001", ""), wire.ErrRejected, wire.AnswerUnsigned, true, nil},
			{"an unsigned refusal", 200, answer("error", "1100", ""), wire.ErrUnauthorized, wire.AnswerUnsigned, true, nil},
			{"an unsigned refusal by status", 401, answer("error", "1100", ""), wire.ErrUnauthorized, wire.AnswerUnsigned, true, nil},
			{"an unknown shop", 200, answer("error", "9998", ""), wire.ErrUnauthorized, wire.AnswerUnsigned, true, nil},
			{"nothing found", 200, answer("error", "11068", ""), wire.ErrNotFound, wire.AnswerUnsigned, true, nil},
			{"an error signed with the other secret", 200, answer("error", "10001", secrets[1]), wire.ErrBadSignature, wire.AnswerForged, true, nil},
		} {
			t.Run(op.ID+"/"+test.name, func(t *testing.T) {
				p := newPeer(t, answerWith(test.status, "application/xml", test.body))
				opts := append([]wire.CallOption{wire.WithoutValidation()}, test.opts...)
				var meta wire.Meta
				_, err := op.Call(t.Context(), wire.Environment(p.base()), shop, op.NewRequest(), nil, append(opts, wire.WithMeta(&meta))...)
				if meta.Signature != test.verdict {
					t.Errorf("verdict %v, want %v", meta.Signature, test.verdict)
				}
				if test.kind == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				e := (*wire.Error)(nil)
				if !errors.As(err, &e) || e.Kind != test.kind {
					t.Fatalf("%v, want %v", err, test.kind)
				}
				if want := test.unknown && op.Effect == wire.Write; errors.Is(err, wire.ErrUnknownOutcome) != want {
					t.Errorf("unknown outcome %v, want %v: %v", !want, want, err)
				}
				// Where no page says which secret it has to be, the error says
				// which one it was.
				said := strings.Contains(err.Error(), "wire.WithScheme")
				if want := test.kind == wire.ErrUnauthorized && op.SecurityInferred; said != want {
					t.Errorf("names the secret: %v, want %v: %v", said, want, err)
				}
			})
		}
		for name, members := range map[string][]string{
			"error and then success": {"error", ok},
			"success and then error": {ok, "error"},
			"twice the same":         {ok, ok},
		} {
			t.Run(op.ID+"/"+name, func(t *testing.T) {
				body := "<response><pg_salt>s</pg_salt><pg_status>" + members[0] + "</pg_status><pg_status>" + members[1] + "</pg_status>" +
					"<pg_sig>" + md5of(script, "s", members[0], members[1], secrets[0]) + "</pg_sig></response>"
				p := newPeer(t, answerWith(200, "application/xml", body))
				_, err := op.Call(t.Context(), wire.Environment(p.base()), shop, op.NewRequest(), nil, wire.WithoutValidation())
				if !errors.Is(err, wire.ErrUnexpectedAnswer) || errors.Is(err, wire.ErrUnknownOutcome) != (op.Effect == wire.Write) {
					t.Error(err)
				}
			})
		}
		t.Run(op.ID+"/an answer that does not say", func(t *testing.T) {
			body := "<response><pg_salt>s</pg_salt><pg_payment_id>1</pg_payment_id><card/><pg_sig>" + md5of(script, "", "1", "s", secrets[0]) + "</pg_sig></response>"
			p := newPeer(t, answerWith(200, "application/xml", body))
			_, err := op.Call(t.Context(), wire.Environment(p.base()), shop, op.NewRequest(), nil, wire.WithoutValidation())
			if errors.Is(err, wire.ErrUnexpectedAnswer) != op.Failure.Always {
				t.Errorf("always %v: %v", op.Failure.Always, err)
			}
		})
		t.Run(op.ID+"/an unsigned success that is taken", func(t *testing.T) {
			p := newPeer(t, answerWith(http.StatusOK, "application/xml", answer(ok, "0", "")))
			var meta wire.Meta
			_, err := op.Call(t.Context(), wire.Environment(p.base()), shop, op.NewRequest(), nil,
				wire.WithoutValidation(), wire.WithUnsignedAnswer(), wire.WithMeta(&meta))
			if taken := err == nil; taken != op.ShownUnsigned || meta.Signature != wire.AnswerUnsigned {
				t.Errorf("%v, shown unsigned %v, verdict %v", err, op.ShownUnsigned, meta.Signature)
			}
		})
	}
	if operations < 50 {
		t.Errorf("only %d operations were tried", operations)
	}
}

// A code that leaves the outcome open is an unknown outcome, signed or not.
func TestPayoutWithAnOpenOutcome(t *testing.T) {
	body := "<response><pg_error_code>9999</pg_error_code><pg_salt>s</pg_salt><pg_sig>" +
		md5of("reg2reg", "9999", "s", "error", "payouts") + "</pg_sig><pg_status>error</pg_status></response>"
	p := newPeer(t, answerWith(200, "application/xml", body))
	c, err := merchant.New(wire.Environment(p.base()), shop)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.PayoutCard(t.Context(), new(merchant.PayoutCardRequest), wire.WithoutValidation())
	e := (*wire.Error)(nil)
	if !errors.As(err, &e) || e.Kind != wire.ErrUnknownOutcome || !e.OutcomeUnknown || e.Code != "9999" {
		t.Errorf("%v", err)
	}
}

// Not found is no promise that nothing was made.
func TestReconcileLeavesTheOutcomeOpen(t *testing.T) {
	p := newPeer(t, answerWith(200, "application/xml",
		"<response><pg_status>error</pg_status><pg_error_code>11068</pg_error_code><pg_error_description>Payment not found.</pg_error_description></response>"))
	m, err := merchant.New(wire.Environment(p.base()), shop)
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(wire.Environment(p.base()), shop)
	if err != nil {
		t.Fatal(err)
	}
	for name, ask := range map[string]func() error{
		"merchant.Reconcile":        func() error { _, err := merchant.Reconcile(t.Context(), m, "1"); return err },
		"merchant.ReconcilePayout":  func() error { _, err := merchant.ReconcilePayout(t.Context(), m, "1"); return err },
		"gateway.Reconcile":         func() error { _, err := gateway.Reconcile(t.Context(), g, "1"); return err },
		"gateway.ReconcilePayout":   func() error { _, err := gateway.ReconcilePayout(t.Context(), g, "1"); return err },
		"gateway.ReconcileTransfer": func() error { _, err := gateway.ReconcileTransfer(t.Context(), g, "1"); return err },
	} {
		if err := ask(); !errors.Is(err, wire.ErrNotFound) || !errors.Is(err, wire.ErrUnknownOutcome) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, a := range p.arrived() {
		if fields := fieldsIn(t, a); fields.value("pg_order_id") != "1" || fields.value("pg_payment_id") != "" {
			t.Errorf("%s: %v", a.path, fields)
		}
	}
}

// A request that was read may say who sends it. It is sent once, and only if it
// is who the credentials say.
func TestRequestThatSaysWhoSendsIt(t *testing.T) {
	for _, opts := range [][]wire.CallOption{nil, {wire.WithURLEncodedBody()}, {wire.WithPgXML()}} {
		p := newPeer(t, answerWith(200, "application/xml", "<response><pg_status>error</pg_status></response>"))
		c, err := merchant.New(wire.Environment(p.base()), shop)
		if err != nil {
			t.Fatal(err)
		}
		for id, kind := range map[string]error{"1": wire.ErrRejected, "2": wire.ErrInvalidRequest} {
			request := new(merchant.PaymentCancelRequest)
			if err := request.UnmarshalJSON([]byte(`{"pg_merchant_id":"` + id + `","pg_payment_id":"7"}`)); err != nil {
				t.Fatal(err)
			}
			if _, err := c.PaymentCancel(t.Context(), request, opts...); !errors.Is(err, kind) {
				t.Errorf("%s: %v", id, err)
			}
		}
		fields := fieldsIn(t, p.only(t))
		if want := []string{"pg_merchant_id", "pg_payment_id", "pg_salt", "pg_sig"}; !slices.Equal(fields.names(), want) || fields.value("pg_merchant_id") != "1" {
			t.Errorf("%v", fields)
		}
		checkSignature(t, fields, "cancel", "payments")
	}
}

// The script name that the specs give belongs to the operation's own path.
func TestScriptFollowsThePath(t *testing.T) {
	for path, script := range map[string]string{"": "payment_page", "/g2g/payment_page/": "payment_page", "/old/page.php": "page.php"} {
		p := newPeer(t, answerWith(200, "application/xml", "<response><pg_status>error</pg_status></response>"))
		c, err := gateway.New(wire.Environment(p.base()), shop)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.PageCreate(t.Context(), &gateway.PageCreateRequest{OrderID: "1", Amount: wire.MustDecimal("5"), Description: "d"}, wire.WithPath(path))
		if !errors.Is(err, wire.ErrRejected) {
			t.Fatal(err)
		}
		checkSignature(t, fieldsIn(t, p.only(t)), script, "payments")
	}
}

// Twelve positions of a receipt, in each order in which they can be signed.
func TestOrderOfPositions(t *testing.T) {
	for order, positions := range map[pgsig.Order][]string{
		pgsig.OrderSample: {"0", "10", "1", "11", "2", "3", "4", "5", "6", "7", "8", "9"},
		pgsig.OrderName:   {"0", "1", "10", "11", "2", "3", "4", "5", "6", "7", "8", "9"},
		pgsig.OrderNumber: {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"},
	} {
		p := newPeer(t, answerWith(200, "application/xml", "<response><pg_status>error</pg_status></response>"))
		c, err := gateway.New(wire.Environment(p.base()), shop, middleware.WithPgSigOrder(order), middleware.WithRandom(bytes.NewReader(bytes.Repeat([]byte{1}, 64))))
		if err != nil {
			t.Fatal(err)
		}
		request := &gateway.PageCreateRequest{OrderID: "7", Amount: wire.MustDecimal("5"), Description: "d"}
		for i := range 12 {
			request.ReceiptPositions = append(request.ReceiptPositions, gateway.ReceiptPosition{Name: fmt.Sprint(i)})
		}
		if _, err = c.PageCreate(t.Context(), request); !errors.Is(err, wire.ErrRejected) {
			t.Fatal(err)
		}
		parts := slices.Concat([]string{"payment_page", "5", "d", "1", "7"}, positions, []string{salt1, "payments"})
		if got, want := fieldsIn(t, p.only(t)).value("pg_sig"), md5of(parts...); got != want {
			t.Errorf("%v: %s, want %s", order, got, want)
		}
	}
}

// The two root elements of the documentation stand for each other, and for no
// third one.
func TestRootsOfAnswers(t *testing.T) {
	for _, test := range []struct {
		documented, got string
		ok              bool
	}{
		{"response", "response", true}, {"response", "root", true}, {"root", "response", true}, {"root", "root", true},
		{"response", "answer", false}, {"answer", "response", false}, {"answer", "answer", true}, {"", "anything", true},
	} {
		p := newPeer(t, answerWith(200, "application/xml", "<"+test.got+"><pg_status>ok</pg_status></"+test.got+">"))
		c, err := merchant.New(wire.Environment(p.base()), credentials)
		if err != nil {
			t.Fatal(err)
		}
		op := wire.Operation{ID: "test.root", Method: "POST", Path: "/root", Security: wire.JWSHS256, Answer: []wire.Media{wire.XML}, Root: test.documented}
		if err := c.Do(t.Context(), op, nil, new(wire.Unknown)); (err == nil) != test.ok {
			t.Errorf("<%s> for <%s>: %v", test.got, test.documented, err)
		}
	}
}
