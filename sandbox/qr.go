package sandbox

import (
	"encoding/base64"

	"rsc.io/qr"
)

// qrImage is a text as a QR code, in the form of pg_redirect_qr: a PNG in a data
// URL.
func qrImage(text string) (string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return "", impossible("the address is too long for a QR code")
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG()), nil
}
