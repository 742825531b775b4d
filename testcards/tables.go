package testcards

var payments = []Card{
	// In the Gateway's table the first three, and 5367654276102126, differ in what
	// comes after the authorization. Here a one-step payment is a success with all
	// of them, also with those that it says cannot be cleared.
	succeeds("4716047261941981", abilities{NotAvailable, Available, Available, NotAvailable, Available, Available}),
	succeeds("4916307416334310", abilities{Available, Available, Available, NotAvailable, NotAvailable, Available}),
	succeeds("4939770956154989", abilities{NotAvailable, Available, NotAvailable, Available, Impossible, Available}),
	succeeds("4400444400004440", abilities{}),
	succeeds("5555555555555599", abilities{}),
	succeeds("5367654276102126", abilities{Available, Available, NotAvailable, Available, Impossible, Available}),
	succeeds("4400444400004444", abilities{}),
	fails("5475102935853613", "10038", unauthorized),
	fails("5335215945367703", "9999", unauthorized),
	fails("4400444400004441", "9999", abilities{}),
	fails("4400444400004446", "9014", abilities{}),
	fails("5555555555555557", "11024", abilities{}),
	fails("4400444400004445", "11008", abilities{}),
	fails("4444444411111111", "10022", abilities{}),
	fails("4444444499999999", "10018", abilities{}),
	fails("5548398681700148", "10009", unauthorized),
	fails("4400444400004443", "10009", abilities{}),
	fails("4916109830832246", "100066", unauthorized),
	fails("4400444400004442", "100066", abilities{}),
	fails("4400444400004447", "10004", abilities{}),
	fails("5484458131482832", "10004", abilities{}),
	fails("4444444444444422", "10001", abilities{}),
	// The Merchant's table prints nothing but the number, the Gateway's says that
	// they work.
	unprinted("6224466455690681278"),
	unprinted("623275279933273424"),
	unprinted("62528733472390953"),
}

var payouts = []PayoutCard{
	{Number: "4671593866478252", Outcome: Success},
	{Number: "5325349472901311", Outcome: Failure, ErrorCode: "10000"},
	{Number: "4556046085041740", Outcome: Failure, ErrorCode: "10001"},
	{Number: "5543974702876045", Outcome: Failure, ErrorCode: "8888"},
	{Number: "5507841999732294", InProcess: true, Outcome: Success},
	{Number: "4532676596620704", InProcess: true, Outcome: Failure, ErrorCode: "10001"},
	{Number: "6204500338419360939", Outcome: Success},
	{Number: "629656013969216940", Outcome: Success},
	{Number: "62861819783765929", Outcome: Success},
}

var phones = []Phone{
	{"+77017777777", "Kcell", Code},
	{"+77027777777", "Activ", Code},
	{"+77037777777", "Tele2", Code},
	{"+77047777777", "Altel", Code},
}

// abilities are the columns of the Gateway's table, in its order. A card that is
// not in it has the zero value.
type abilities struct{ threeDS, auth, clearing, reverse, refund, cardAdd Ability }

// unauthorized is what the Gateway's table has for each card that it says cannot
// be authorized.
var unauthorized = abilities{Impossible, NotAvailable, Impossible, Impossible, Impossible, Impossible}

func (a abilities) of(c Card) Card {
	c.ThreeDS, c.Auth, c.Clearing, c.Reverse, c.Refund, c.CardAdd = a.threeDS, a.auth, a.clearing, a.reverse, a.refund, a.cardAdd
	return c
}

func succeeds(number string, a abilities) Card {
	return a.of(Card{Number: number, ExpiryMonth: "12", ExpiryYear: "30", Outcome: Success})
}

func fails(number, code string, a abilities) Card {
	return a.of(Card{Number: number, ExpiryMonth: "12", ExpiryYear: "30", Outcome: Failure, ErrorCode: code})
}

func unprinted(number string) Card {
	return abilities{NotAvailable, Available, Available, Available, Available, Available}.of(Card{Number: number})
}
