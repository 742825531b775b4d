package sandbox_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// goodPayment is a payment to which no rule objects.
const goodPayment = `
      <CdtTrfTxInf>
        <PmtId><EndToEndId>E2E-1</EndToEndId></PmtId>
        <Amt><InstdAmt Ccy="KZT">1500.50</InstdAmt></Amt>
        <CdtrAgt><FinInstnId><BICFI>KSNVKZKA</BICFI></FinInstnId></CdtrAgt>
        <Cdtr><Nm>ТОО Получатель</Nm></Cdtr>
        <CdtrAcct><Id><IBAN>KZ86125KZT5004100100</IBAN></Id></CdtrAcct>
        <RmtInf><Ustrd>For &lt;goods&gt;</Ustrd></RmtInf>
      </CdtTrfTxInf>`

// pain is a message with payments.
func pain(payments ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.12">
  <CstmrCdtTrfInitn>
    <GrpHdr>
      <MsgId>CLIENT-PAIN-0001</MsgId>
      <CreDtTm>2026-01-22T07:00:00Z</CreDtTm>
      <NbOfTxs>` + fmt.Sprint(len(payments)) + `</NbOfTxs>
      <CtrlSum>3001.00</CtrlSum>
      <InitgPty><Nm>ТОО Плательщик</Nm></InitgPty>
    </GrpHdr>
    <PmtInf>
      <PmtInfId>PMT-001</PmtInfId>
      <PmtMtd>TRF</PmtMtd>
      <NbOfTxs>` + fmt.Sprint(len(payments)) + `</NbOfTxs>
      <PmtTpInf><InstrPrty>NORM</InstrPrty></PmtTpInf>
      <ReqdExctnDt><Dt>2026-01-22</Dt></ReqdExctnDt>
      <Dbtr><Nm>ТОО Плательщик</Nm></Dbtr>
      <DbtrAcct><Id><IBAN>KZ505518729251417KZT</IBAN></Id></DbtrAcct>` + strings.Join(payments, "") + `
    </PmtInf>
  </CstmrCdtTrfInitn>
</Document>`
}

// but is a text with one part of it replaced.
func but(t *testing.T, text, part, replacement string) string {
	t.Helper()
	if strings.Count(text, part) != 1 {
		t.Fatalf("%q is not there once", part)
	}
	return strings.Replace(text, part, replacement, 1)
}

// painReport is what a test reads of a report.
type painReport struct {
	XMLName xml.Name `xml:"urn:iso:std:iso:20022:tech:xsd:pain.002.001.14 Document"`
	ID      string   `xml:"CstmrPmtStsRpt>GrpHdr>MsgId"`
	Created string   `xml:"CstmrPmtStsRpt>GrpHdr>CreDtTm"`
	Message string   `xml:"CstmrPmtStsRpt>OrgnlGrpInfAndSts>OrgnlMsgId"`
	Kind    string   `xml:"CstmrPmtStsRpt>OrgnlGrpInfAndSts>OrgnlMsgNmId"`
	State   string   `xml:"CstmrPmtStsRpt>OrgnlGrpInfAndSts>GrpSts"`
	Batches []struct {
		ID       string `xml:"OrgnlPmtInfId"`
		Payments []struct {
			InstrID    string `xml:"OrgnlInstrId"`
			EndToEndID string `xml:"OrgnlEndToEndId"`
			State      string `xml:"TxSts"`
			Reason     string `xml:"StsRsnInf>Rsn>Cd"`
			Text       string `xml:"StsRsnInf>AddtlInf"`
			Reference  string `xml:"AcctSvcrRef"`
		} `xml:"TxInfAndSts"`
	} `xml:"CstmrPmtStsRpt>OrgnlPmtInfAndSts"`
}

// states are the payments as E2E-1:PDNG, E2E-2:RJCT:AC01.
func (r painReport) states() (all []string) {
	for _, b := range r.Batches {
		for _, p := range b.Payments {
			all = append(all, strings.TrimSuffix(p.EndToEndID+":"+p.State+":"+p.Reason, ":"))
		}
	}
	return all
}

func readReport(t *testing.T, document string) (r painReport) {
	t.Helper()
	must(t, xml.Unmarshal([]byte(document), &r))
	return r
}

func (o *office) batch(msgID string) painReport {
	o.t.Helper()
	answer := partnerTold(o, o.SettlementBatchStatuses, &partner.SettlementBatchStatusesRequest{OriginalMessageID: msgID})
	if answer.Status != partner.SettlementStatusSuccess || *answer.ErrorCode != 0 || answer.DocumentType != partner.DocumentTypeISO20022 ||
		answer.Extra().Form("error_description") != wire.FormEmpty {
		o.t.Errorf("got %v", answer)
	}
	return readReport(o.t, answer.DocumentBody)
}

func (o *office) instruction(id string) painReport {
	o.t.Helper()
	answer := partnerTold(o, o.SettlementPaymentStatus, &partner.SettlementPaymentStatusRequest{OriginalInstructionID: id})
	if answer.Status != partner.SettlementStatusSuccess || *answer.ErrorCode != 0 || answer.DocumentType != partner.DocumentTypeISO20022 ||
		answer.Extra().Form("error_description") != wire.FormEmpty {
		o.t.Errorf("got %v", answer)
	}
	return readReport(o.t, answer.DocumentBody)
}

func TestScenarioSettlement(t *testing.T) {
	o := openOffice(t)
	second := but(t, but(t, goodPayment, "E2E-1", "E2E-&amp;2"), "KZ86", "KZ87")
	third := but(t, goodPayment, "E2E-1", "E2E-3")
	made, err := o.sandbox.CreateSettlement(pain(goodPayment, second, third))
	must(t, err)
	if made.MsgID != "CLIENT-PAIN-0001" || len(made.InstrIDs) != 3 {
		t.Fatalf("got %+v", made)
	}

	// One by one: pending at first, accepted from then on, rejected from the start.
	is := func(got painReport, group string, states ...string) {
		t.Helper()
		if got.State != group || !slices.Equal(got.states(), states) {
			t.Errorf("got %s %v, want %s %v", got.State, got.states(), group, states)
		}
	}
	is(o.instruction(made.InstrIDs[0]), "PART", "E2E-1:PDNG")
	is(o.instruction(made.InstrIDs[0]), "PART", "E2E-1:ACCP")
	is(o.instruction(made.InstrIDs[1]), "PART", "E2E-&2:RJCT:AC01")

	// Together, with the ids that they got.
	all := o.batch(made.MsgID)
	is(all, "PART", "E2E-1:ACCP", "E2E-&2:RJCT:AC01", "E2E-3:PDNG")
	if all.Message != made.MsgID || all.Kind != "pain.001.001.12" || all.Created != "2026-01-22T07:00:00Z" ||
		len(all.Batches) != 1 || all.Batches[0].ID != "PMT-001" {
		t.Errorf("got %+v", all)
	}
	for n, p := range all.Batches[0].Payments {
		if p.InstrID != made.InstrIDs[n] || (p.Reference != "") != (p.State == "ACCP") || (p.Text != "") != (p.State == "RJCT") {
			t.Errorf("got %+v", p)
		}
	}
	again := o.batch(made.MsgID)
	is(again, "PART", "E2E-1:ACCP", "E2E-&2:RJCT:AC01", "E2E-3:ACCP")
	if again.ID == all.ID || len(again.ID) > 35 || again.Batches[0].Payments[0].Reference != all.Batches[0].Payments[0].Reference {
		t.Errorf("%+v after %+v", again, all)
	}

	// Another message, of which all are in one state.
	made, err = o.sandbox.CreateSettlement(but(t, pain(goodPayment, third), "CLIENT-PAIN-0001", "another_1"))
	must(t, err)
	is(o.batch(made.MsgID), "PDNG", "E2E-1:PDNG", "E2E-3:PDNG")
	is(o.batch(made.MsgID), "ACCP", "E2E-1:ACCP", "E2E-3:ACCP")

	// One with two batches, in the other version.
	batches := but(t, pain(goodPayment, third), "CLIENT-PAIN-0001", "another-2")
	batches = but(t, but(t, batches, third, "</PmtInf><PmtInf><PmtInfId>PMT-002</PmtInfId>"+third), "pain.001.001.12", "pain.001.001.14")
	made, err = o.sandbox.CreateSettlement(batches)
	must(t, err)
	all = o.batch(made.MsgID)
	is(all, "PART", "E2E-1:PDNG", "E2E-3:RJCT:RC01")
	if all.Kind != "pain.001.001.14" || len(all.Batches) != 2 || all.Batches[1].ID != "PMT-002" {
		t.Errorf("got %+v", all)
	}

	// No code is documented for what is not there.
	for _, id := range []string{"none", made.MsgID, "a b/c"} {
		_, err := o.SettlementPaymentStatus(t.Context(), &partner.SettlementPaymentStatusRequest{OriginalInstructionID: id})
		if e, ok := err.(*wire.Error); !ok || e.Kind != wire.ErrNotFound || e.Meta.Status != 404 || e.Text != "no such payment" {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, id := range []string{"none", made.InstrIDs[0]} {
		_, err := o.SettlementBatchStatuses(t.Context(), &partner.SettlementBatchStatusesRequest{OriginalMessageID: id})
		if e, ok := err.(*wire.Error); !ok || e.Kind != wire.ErrNotFound || e.Meta.Status != 404 || e.Text != "no such payment" {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// Each payment is held to the rules that are documented.
func TestSettlementRules(t *testing.T) {
	good := pain(goodPayment)
	for _, c := range []struct{ part, replacement, want string }{
		{"<CreDtTm>2026-01-22T07:00:00Z", "<CreDtTm>2026-01-22 07:00:00", "BE04"},
		{"<NbOfTxs>1</NbOfTxs>\n      <CtrlSum>", "<NbOfTxs>0</NbOfTxs>\n      <CtrlSum>", "AM04"},
		{"<CtrlSum>3001.00", "<CtrlSum>3001.001", "AM04"},
		{"<CtrlSum>3001.00", "<CtrlSum>-1", "AM04"},
		{"<CtrlSum>3001.00", "<CtrlSum>0", ""},
		{"<CtrlSum>3001.00</CtrlSum>", "", "AM04"},
		{"<InitgPty><Nm>ТОО Плательщик</Nm></InitgPty>", "", "BE04"},
		{"PMT-001", "", "BE04"},
		{"PMT-001", strings.Repeat("ж", 35), ""},
		{"PMT-001", strings.Repeat("x", 36), "BE04"},
		{"TRF", "CHK", "RC01"},
		{"<PmtMtd>TRF</PmtMtd>\n      <NbOfTxs>1</NbOfTxs>", "<PmtMtd>TRF</PmtMtd>", "AM04"},
		{"<PmtTpInf>", "<CtrlSum>0.001</CtrlSum><PmtTpInf>", "AM04"},
		{"NORM", "URGENT", "BE04"},
		{"NORM", "HIGH", ""},
		{"<Dt>2026-01-22", "<Dt>2026-02-30", "BE04"},
		{"<Dbtr><Nm>ТОО Плательщик</Nm></Dbtr>", "", "BE04"},
		{"KZ505518729251417KZT", "KZ50551872925141KZT", "AC01"},
		{"KZ505518729251417KZT", "KZ50551872925141712345", "AC01"},
		{"E2E-1", "", "BE04"},
		{"E2E-1", strings.Repeat("x", 36), "BE04"},
		{"1500.50", "0", "AM04"},
		{"1500.50", "0.01", ""},
		{"1500.50", "1500.505", "AM04"},
		{"1500.50", "much", "AM04"},
		{"KSNVKZKA", "KSNVKZK", "RC01"},
		{"KSNVKZKA", "KSNVKZKAXXX", ""},
		{"ТОО Получатель", "", "BE04"},
		{"KZ86125KZT5004100100", "KZ87125KZT5004100100", "AC01"},
		{"KZ86125KZT5004100100", "DE89370400440532013000", ""},
		{"KZ86125KZT5004100100", "", "AC01"},
		{"<RmtInf><Ustrd>For &lt;goods&gt;</Ustrd></RmtInf>", "", "BE04"},
		{"<RmtInf><Ustrd>For &lt;goods&gt;</Ustrd></RmtInf>", "<Purp><Cd>GDDS</Cd></Purp>", ""},
	} {
		o := openOffice(t)
		made, err := o.sandbox.CreateSettlement(but(t, good, c.part, c.replacement))
		must(t, err)
		got := o.instruction(made.InstrIDs[0]).Batches[0].Payments[0]
		if want := map[bool]string{true: "PDNG", false: "RJCT"}[c.want == ""]; got.Reason != c.want || got.State != want {
			t.Errorf("%s for %s: %+v, want %s", c.replacement, c.part, got, c.want)
		}
	}

	o := openOffice(t)
	made, err := o.sandbox.CreateSettlement(pain(goodPayment, goodPayment))
	must(t, err)
	if got := o.batch(made.MsgID).states(); !slices.Equal(got, []string{"E2E-1:PDNG", "E2E-1:RJCT:BE04"}) {
		t.Errorf("an id twice: %v", got)
	}
}

func TestCreateSettlementRefuses(t *testing.T) {
	o := openOffice(t)
	_, err := o.sandbox.CreateSettlement(pain(goodPayment))
	must(t, err)
	other := but(t, pain(goodPayment), "CLIENT-PAIN-0001", "other")
	for name, document := range map[string]string{
		"nothing":           "",
		"no XML":            "{}",
		"half of it":        other[:len(other)/2],
		"more than it":      other + "<a/>",
		"text behind it":    other + "text",
		"another message":   but(t, other, "pain.001.001.12", "pain.008.001.08"),
		"no namespace":      but(t, other, ` xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.12"`, ""),
		"another element":   `<Doc xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.12"/>`,
		"no payments":       but(t, pain(), "CLIENT-PAIN-0001", "other"),
		"too many payments": but(t, pain(slices.Repeat([]string{goodPayment}, 501)...), "CLIENT-PAIN-0001", "other"),
		"no id":             but(t, pain(goodPayment), "CLIENT-PAIN-0001", ""),
		"too long an id":    but(t, pain(goodPayment), "CLIENT-PAIN-0001", strings.Repeat("x", 36)),
		"no such letters":   but(t, pain(goodPayment), "CLIENT-PAIN-0001", "a/b"),
		"a taken id":        pain(goodPayment),
	} {
		if _, err := o.sandbox.CreateSettlement(document); err == nil || !strings.HasPrefix(err.Error(), "sandbox: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = o.sandbox.CreateSettlement(but(t, pain(slices.Repeat([]string{goodPayment}, 500)...), "CLIENT-PAIN-0001", "other") + "\n<!-- the end -->\n")
	must(t, err)
	if got := len(o.batch("other").states()); got != 500 {
		t.Errorf("%d payments", got)
	}
}

// Programs that are not written in Go hand in payments over HTTP, and a page has
// the path of one call with a prefix.
func TestCreateSettlementOverHTTP(t *testing.T) {
	o := openOffice(t)
	post := func(body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		o.sandbox.ServeHTTP(w, httptest.NewRequest("POST", "/_sandbox/settlements", strings.NewReader(body)))
		return w
	}
	envelope := func(kind, document string) string {
		body, err := json.Marshal(map[string]string{"document_type": kind, "document_body": document})
		must(t, err)
		return string(body)
	}
	w := post(envelope("iso20022", pain(goodPayment)))
	var made sandbox.Settlement
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != 201 || made.MsgID != "CLIENT-PAIN-0001" || len(made.InstrIDs) != 1 {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	for _, bad := range []string{"", "{}", "[]", envelope("iso20022", "<a/>"), envelope("swift", pain(goodPayment)), envelope("iso20022", pain(goodPayment))} {
		if w := post(bad); w.Code != 400 || !strings.Contains(w.Body.String(), `"error"`) {
			t.Errorf("%.40s: %d %s", bad, w.Code, w.Body)
		}
	}

	op := slices.IndexFunc(partner.Operations(), func(op wire.Operation) bool { return op.ID == "partner.settlementPaymentStatus" })
	prefixed := partner.Operations()[op]
	prefixed.Path, prefixed.Aliases = prefixed.Aliases[0], nil
	var answer partner.SettlementPaymentStatusAnswer
	must(t, o.Do(t.Context(), prefixed, &partner.SettlementPaymentStatusRequest{OriginalInstructionID: made.InstrIDs[0]}, &answer))
	if got := readReport(t, answer.DocumentBody); got.State != "PDNG" {
		t.Errorf("got %+v", got)
	}
}
