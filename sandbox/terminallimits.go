package sandbox

import (
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/gen/partner"
)

// terminalLimits are the values that a terminal's limits of each type can have,
// by product, as the dictionary lists them. That of Freedom Pos has limits too,
// although the table of its members does not.
var terminalLimits = map[partner.ProductID]map[partner.LimitType]string{
	partner.ProductIDFreedomPOS: {
		partner.LimitTypeSoftPOSDaily:       "1MLNKZT 1MLNKZTMIS GROUP1 GROUP2 15MLNKZT GROUP3",
		partner.LimitTypeSoftPOSDailyByCard: "300KKZT 300KKZTMIS 500KKZT GROUP1_2_3 GROUP6 5MLNKZT",
		partner.LimitTypeDailyRefund:        "50KKZTMIS 50KKZT 500K 1MLNKZT 3MLNKZT 5MLNKZT",
		partner.LimitTypeDailyRefundByCard:  "25KKZTMIS 25KKZT 300KKZT 500KKZT 1MLNKZT 3MLNKZT",
	},
	partner.ProductIDFreedomBox: {
		partner.LimitTypeBoxDaily:          "1MLNKZTMIS 1MLNKZT 5MLNKZT GROUP1 15MLNKZT GROUP2 GROUP3 GROUP4 GROUP5 GROUP6",
		partner.LimitTypeBoxDailyByCard:    "300KKZTMIS 300KKZT 500KKZT GROUP1_2_3 GROUP4_5 GROUP6 5MLNKZT",
		partner.LimitTypeDailyRefund:       "50KKZTMIS 50KKZT 500K 1MLNKZT 3MLNKZT 5MLNKZT",
		partner.LimitTypeDailyRefundByCard: "25KKZTMIS 25KKZT 300KKZT 500KKZT 1MLNKZT 3MLNKZT",
	},
	partner.ProductIDFreedomEcom: {
		partner.LimitTypeDaily:                 "1MLNKZTMIS 1MLN 2MLN 5MLN 10MLN 15MLN 20MLN 30MLNKZT",
		partner.LimitTypeDailyByCard:           "300KKZTMIS 300KKZT 500KKZT 1MLNKZT 3MLNKZT 5MLNKZT",
		partner.LimitTypeDailyRefund:           "50KKZTMIS 50KKZT 500K 1MLNKZT 3MLNKZT 5MLNKZT",
		partner.LimitTypeTransaction:           "MAX100K MAX500K MAX1MLN",
		partner.LimitTypeVisaTransaction:       "VMAX2500USD",
		partner.LimitTypeMastercardTransaction: "MCMAX5000USD",
		partner.LimitTypeMonthly:               "10MLNKZT 30MLNKZT 60MLNKZT 300MLNKZT 1BILKZT",
	},
}

// allowsLimit reports whether a product's terminal can have a limit.
func allowsLimit(product partner.ProductID, limit partner.TerminalLimit) bool {
	values := strings.Fields(terminalLimits[product][limit.Type])
	return slices.Contains(values, string(limit.Value))
}
