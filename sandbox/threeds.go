package sandbox

import (
	"encoding/base64"
	"encoding/json"

	"github.com/google/uuid"
)

// challenge is a 3DS step: what the issuer of a card asks its holder, on the ACS
// page, and what he answers.
type challenge struct {
	id        string // in the page's address
	md, paReq string // what the merchant sends along, and gets back of it
	about     string // what is to be confirmed
	decided   bool
	confirmed bool
	paRes     string // once it is decided
}

// challenge asks a cardholder to confirm something.
func (s *state) challenge(about string) *challenge {
	id := uuid.NewString()
	c := &challenge{
		id:    id,
		md:    base64.RawStdEncoding.EncodeToString([]byte(id)),
		paReq: message3DS("CReq", id, ""),
		about: about,
	}
	s.challenges[id] = c
	return c
}

// message3DS is a message in the manner of the one that stands in a page's
// example as pg_3d_pareq. Nothing reads it.
func message3DS(kind, id, status string) string {
	text, err := json.Marshal(struct {
		Type    string `json:"messageType"`
		Version string `json:"messageVersion"`
		ID      string `json:"threeDSServerTransID"`
		Status  string `json:"transStatus,omitempty"`
	}{kind, "2.1.0", id, status})
	if err != nil {
		panic(err) // strings always encode
	}
	return base64.RawStdEncoding.EncodeToString(text)
}

// decide is what the cardholder does on the ACS page. He decides once.
func (c *challenge) decide(confirmed bool) {
	if c.decided {
		return
	}
	c.decided, c.confirmed = true, confirmed
	status := "N"
	if confirmed {
		status = "Y"
	}
	c.paRes = message3DS("CRes", uuid.NewString(), status)
}

// verify looks at what the merchant brings back. What the ACS page never said
// decides nothing: the cardholder can still be asked.
func (c *challenge) verify(md, paRes string) (confirmed bool, err error) {
	if !c.decided || md != c.md || paRes != c.paRes {
		return false, &fault{codeThreeDS, "MD and PaRes are not what the 3DS page gave back for this payment"}
	}
	return c.confirmed, nil
}

// address is that of the ACS page.
func (c *challenge) address(base string) string { return base + acsPath + c.id }
