package wire

// Environment is the base URL of a Freedom Pay. There is no default: whoever
// makes a client says where it charges.
type Environment string

// The known environments, each with its evidence.
const (
	// KZ is production in Kazakhstan; every page of the documentation names it.
	KZ Environment = "https://api.freedompay.kz"
	// KZTest is the test host. Only the overviews of the Card and Gateway APIs
	// name it; that the Partner and Merchant APIs answer there is not
	// documented. It needs a contract.
	KZTest Environment = "https://test-api.freedompay.kz"
	// KG is Kyrgyzstan, the host on the pages of the documentation's mirror there.
	KG Environment = "https://api.freedompay.kg"
	// UZ is Uzbekistan, the host on the pages of the mirror there.
	UZ Environment = "https://api.freedompay.uz"
	// Passport is where people log in with Freedom ID, whose pages name it and no
	// test host. The other APIs are not there.
	Passport Environment = "https://passport.freedompay.kz"
)
