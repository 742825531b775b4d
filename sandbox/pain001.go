package sandbox

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/freedompay-go/freedompay/wire"
)

// maxPayments is how many payments one message can have.
const maxPayments = 500

// painNamespace begins the namespaces of ISO 20022; the message's name ends them.
const painNamespace = "urn:iso:std:iso:20022:tech:xsd:"

// pain001 is as much of a pain.001 message as the documented rules look at.
type pain001 struct {
	XMLName xml.Name
	Header  painHeader  `xml:"CstmrCdtTrfInitn>GrpHdr"`
	Batches []painBatch `xml:"CstmrCdtTrfInitn>PmtInf"`
}

type painHeader struct {
	MsgID      string `xml:"MsgId"`
	Created    string `xml:"CreDtTm"`
	Count      string `xml:"NbOfTxs"`
	Sum        string `xml:"CtrlSum"`
	Initiating string `xml:"InitgPty>Nm"`
}

type painBatch struct {
	ID       string        `xml:"PmtInfId"`
	Method   string        `xml:"PmtMtd"`
	Count    string        `xml:"NbOfTxs"`
	Sum      string        `xml:"CtrlSum"`
	Priority string        `xml:"PmtTpInf>InstrPrty"`
	Date     string        `xml:"ReqdExctnDt>Dt"`
	Debtor   string        `xml:"Dbtr>Nm"`
	IBAN     string        `xml:"DbtrAcct>Id>IBAN"`
	Payments []painPayment `xml:"CdtTrfTxInf"`
}

type painPayment struct {
	EndToEndID string   `xml:"PmtId>EndToEndId"`
	Priority   string   `xml:"PmtTpInf>InstrPrty"`
	Amount     string   `xml:"Amt>InstdAmt"`
	BIC        string   `xml:"CdtrAgt>FinInstnId>BICFI"`
	Creditor   string   `xml:"Cdtr>Nm"`
	IBAN       string   `xml:"CdtrAcct>Id>IBAN"`
	Purpose    string   `xml:"Purp>Cd"`
	OwnPurpose string   `xml:"Purp>Prtry"`
	Remittance []string `xml:"RmtInf>Ustrd"`
}

// rejection is why a payment was rejected: a code of ISO 20022, and words.
type rejection struct{ code, text string }

// The codes that the documentation's rules have.
const (
	reasonAccount  = "AC01"
	reasonAmount   = "AM04"
	reasonIdentity = "BE04"
	reasonBank     = "RC01"
)

var (
	msgID    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,35}$`)
	bicForm  = regexp.MustCompile(`^[A-Z0-9]{8}([A-Z0-9]{3})?$`)
	ibanForm = regexp.MustCompile(`^(?:KZ[0-9]{5}[A-Z0-9]{13}|[A-JL-Z][A-Z][0-9]{2}[A-Z0-9]{11,30}|K[A-Y][0-9]{2}[A-Z0-9]{11,30})$`)
)

// readPain001 reads a message. The pages name two versions. What the errors say is
// what the documentation's error codes of such documents are for.
func readPain001(document string) (*pain001, error) {
	m := new(pain001)
	decoder := xml.NewDecoder(strings.NewReader(document))
	if decoder.Decode(m) != nil || !atEnd(decoder) {
		return nil, errors.New("sandbox: the document is no XML")
	}
	kind := m.kind()
	if m.XMLName.Local != "Document" || kind != "pain.001.001.12" && kind != "pain.001.001.14" {
		return nil, errors.New("sandbox: the document is no pain.001.001.12 or pain.001.001.14")
	}
	payments := 0
	for _, b := range m.Batches {
		payments += len(b.Payments)
	}
	switch {
	case payments == 0:
		return nil, errors.New("sandbox: the message has no payments")
	case payments > maxPayments:
		return nil, fmt.Errorf("sandbox: the message has more than %d payments", maxPayments)
	case !msgID.MatchString(m.Header.MsgID):
		return nil, errors.New("sandbox: MsgId has to be 1 to 35 letters, digits, hyphens and underscores")
	}
	return m, nil
}

// atEnd reports whether nothing follows but space and comments.
func atEnd(decoder *xml.Decoder) bool {
	for {
		token, err := decoder.Token()
		if err != nil {
			return err == io.EOF
		}
		switch token := token.(type) {
		case xml.Comment:
		case xml.CharData:
			if len(bytes.TrimSpace(token)) > 0 {
				return false
			}
		default:
			return false
		}
	}
}

// kind is the message's name with its version.
func (m *pain001) kind() string {
	kind, _ := strings.CutPrefix(m.XMLName.Space, painNamespace)
	return kind
}

// check holds the header to the documented rules, in their order, and returns the
// first that it breaks. The list of the rules goes on after the last that is known,
// and which characters of a name are wrong it does not say.
func (h painHeader) check() rejection {
	_, err := time.Parse("2006-01-02T15:04:05Z", h.Created)
	switch {
	case err != nil:
		return rejection{reasonIdentity, "CreDtTm is missing or not in the form YYYY-MM-DDThh:mm:ssZ"}
	case !isCount(h.Count):
		return rejection{reasonAmount, "NbOfTxs of the header is missing or no positive number"}
	case !isAmount(h.Sum, 0):
		return rejection{reasonAmount, "CtrlSum of the header is missing, negative or has more than two decimals"}
	case h.Initiating == "":
		return rejection{reasonIdentity, "InitgPty/Nm is missing"}
	}
	return rejection{}
}

// check is that of a batch, for one of its payments: the priority stands in either.
func (b *painBatch) check(p *painPayment) rejection {
	_, err := time.Parse(time.DateOnly, b.Date)
	priority := cmp.Or(p.Priority, b.Priority)
	switch {
	case !isName(b.ID):
		return rejection{reasonIdentity, "PmtInfId is missing or longer than 35 characters"}
	case b.Method != "TRF":
		return rejection{reasonBank, "PmtMtd is not TRF"}
	case !isCount(b.Count):
		return rejection{reasonAmount, "NbOfTxs of PmtInf is missing or no positive number"}
	case b.Sum != "" && !isAmount(b.Sum, 0):
		return rejection{reasonAmount, "CtrlSum of PmtInf is negative or has more than two decimals"}
	case priority != "HIGH" && priority != "NORM": // those of ISO 20022
		return rejection{reasonIdentity, "InstrPrty is missing or not known"}
	case err != nil:
		return rejection{reasonIdentity, "ReqdExctnDt is not in the form YYYY-MM-DD"}
	case b.Debtor == "":
		return rejection{reasonIdentity, "Dbtr/Nm is missing"}
	case !ibanForm.MatchString(b.IBAN):
		return rejection{reasonAccount, "the IBAN of the debtor has a wrong length or form"}
	}
	return rejection{}
}

// check is that of a payment itself. Of its purpose the rule is known in part; the
// text or the code of a purpose will do.
func (p *painPayment) check() rejection {
	switch {
	case !isName(p.EndToEndID):
		return rejection{reasonIdentity, "EndToEndId is missing or longer than 35 characters"}
	case !isAmount(p.Amount, 1):
		return rejection{reasonAmount, "InstdAmt is missing, not positive or has more than two decimals"}
	case !bicForm.MatchString(p.BIC):
		return rejection{reasonBank, "the BIC of the creditor's bank is missing or wrong"}
	case p.Creditor == "":
		return rejection{reasonIdentity, "Cdtr/Nm is missing"}
	case !ibanForm.MatchString(p.IBAN) || !ibanChecks(p.IBAN):
		return rejection{reasonAccount, "the IBAN of the creditor has a wrong length or checksum"}
	case p.Purpose == "" && p.OwnPurpose == "" && strings.Join(p.Remittance, "") == "":
		return rejection{reasonIdentity, "the purpose of the payment is missing"}
	}
	return rejection{}
}

// isName reports whether a text can be an id.
func isName(text string) bool { return text != "" && utf8.RuneCountInString(text) <= 35 }

// isCount reports whether a text is a positive whole number.
func isCount(text string) bool {
	return isDigits(text, 1, 15) && strings.Trim(text, "0") != ""
}

// isAmount reports whether a text is an amount of at least so many hundredths.
func isAmount(text string, least int64) bool {
	d, err := wire.ParseDecimal(text)
	if err != nil {
		return false
	}
	n, err := d.Minor(2)
	return err == nil && n >= least
}

// ibanChecks reports whether the check digits of an IBAN are right: its letters
// written as numbers from 10 on, its first four characters last, the remainder by
// 97 is 1.
func ibanChecks(iban string) bool {
	var digits strings.Builder
	for _, r := range iban[4:] + iban[:4] {
		if r >= 'A' {
			fmt.Fprintf(&digits, "%d", r-'A'+10)
		} else {
			digits.WriteRune(r)
		}
	}
	n, ok := new(big.Int).SetString(digits.String(), 10)
	return ok && n.Mod(n, big.NewInt(97)).Int64() == 1
}
