package sandbox

import (
	"encoding/xml"
	"fmt"
)

// pain002 is a report of ISO 20022 about payments.
type pain002 struct {
	XMLName xml.Name     `xml:"urn:iso:std:iso:20022:tech:xsd:pain.002.001.14 Document"`
	MsgID   string       `xml:"CstmrPmtStsRpt>GrpHdr>MsgId"`
	Created string       `xml:"CstmrPmtStsRpt>GrpHdr>CreDtTm"`
	Group   painGroup    `xml:"CstmrPmtStsRpt>OrgnlGrpInfAndSts"`
	Batches []painResult `xml:"CstmrPmtStsRpt>OrgnlPmtInfAndSts"`
}

type painGroup struct {
	MsgID string `xml:"OrgnlMsgId"`
	Kind  string `xml:"OrgnlMsgNmId"`
	State string `xml:"GrpSts"`
}

type painResult struct {
	ID       string      `xml:"OrgnlPmtInfId"`
	Payments []painState `xml:"TxInfAndSts"`
}

type painState struct {
	InstrID    string      `xml:"OrgnlInstrId"`
	EndToEndID string      `xml:"OrgnlEndToEndId"`
	State      string      `xml:"TxSts"`
	Reason     *painReason `xml:"StsRsnInf"`
	Reference  string      `xml:"AcctSvcrRef,omitempty"`
}

type painReason struct {
	Code string `xml:"Rsn>Cd"`
	Text string `xml:"AddtlInf"`
}

// report tells about payments of one message, in its order.
func (s *state) report(payments []*instruction) *pain002 {
	m := payments[0].settlement
	now := s.now().UTC()
	r := &pain002{
		MsgID:   fmt.Sprintf("REPLY-%s-%s", now.Format("20060102"), s.number()),
		Created: now.Format("2006-01-02T15:04:05Z"),
		Group:   painGroup{m.id, m.kind, m.state()},
	}
	for n, i := range payments {
		if n == 0 || payments[n-1].batch != i.batch {
			r.Batches = append(r.Batches, painResult{ID: i.batch})
		}
		state := painState{InstrID: i.id, EndToEndID: i.endToEndID, State: i.state(), Reference: i.reference}
		if i.rejection.code != "" {
			state.Reason = &painReason{i.rejection.code, i.rejection.text}
		}
		last := &r.Batches[len(r.Batches)-1]
		last.Payments = append(last.Payments, state)
	}
	return r
}

// document is the report in XML.
func (r *pain002) document() (string, error) {
	text, err := xml.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", err
	}
	return xml.Header + string(text), nil
}
