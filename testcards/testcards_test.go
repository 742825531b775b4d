package testcards

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The tables once more, each as its page has it.
const (
	merchantPayments = `
4716047261941981 12/30
4916307416334310 12/30
4939770956154989 12/30
4400444400004440 12/30
5555555555555599 12/30
5367654276102126 12/30
4400444400004444 12/30
5475102935853613 12/30 10038
5335215945367703 12/30 9999
4400444400004441 12/30 9999
4400444400004446 12/30 9014
5555555555555557 12/30 11024
4400444400004445 12/30 11008
4444444411111111 12/30 10022
4444444499999999 12/30 10018
5548398681700148 12/30 10009
4400444400004443 12/30 10009
4916109830832246 12/30 100066
4400444400004442 12/30 100066
4400444400004447 12/30 10004
5484458131482832 12/30 10004
4444444444444422 12/30 10001
6224466455690681278
623275279933273424
62528733472390953`

	// 3DS, auth, clearing, reverse, refund, card add: Available, Not available,
	// Impossible.
	gatewayPayments = `
4716047261941981 NAANAA
4916307416334310 AAANNA
5367654276102126 AANAIA
4939770956154989 NANAIA
5335215945367703 INIIII
4916109830832246 INIIII
5548398681700148 INIIII
5475102935853613 INIIII
6224466455690681278 NAAAAA
623275279933273424 NAAAAA
62528733472390953 NAAAAA`

	bothPayouts = `
4671593866478252 success
5325349472901311 10000
4556046085041740 10001
5543974702876045 8888
5507841999732294 process success
4532676596620704 process 10001
6204500338419360939 success
629656013969216940 success
62861819783765929 success`
)

func lines(table string) [][]string {
	var rows [][]string
	for line := range strings.Lines(strings.TrimSpace(table)) {
		rows = append(rows, strings.Fields(line))
	}
	return rows
}

func TestPayments(t *testing.T) {
	abilities := map[string]string{}
	for _, row := range lines(gatewayPayments) {
		abilities[row[0]] = row[1]
	}
	if len(abilities) != 11 {
		t.Fatalf("%d cards in the Gateway's table", len(abilities))
	}
	rows := lines(merchantPayments)
	cards := Payments()
	if len(rows) != 25 || len(cards) != len(rows) {
		t.Fatalf("%d cards, %d rows", len(cards), len(rows))
	}
	for i, row := range rows {
		c := cards[i]
		got := []string{c.Number}
		if c.ExpiryMonth+c.ExpiryYear != "" {
			got = append(got, c.ExpiryMonth+"/"+c.ExpiryYear)
		}
		if c.ErrorCode != "" {
			got = append(got, c.ErrorCode)
		}
		if !slices.Equal(got, row) {
			t.Errorf("got %q, want %q", got, row)
		}
		want := map[int]Outcome{1: NotPrinted, 2: Success, 3: Failure}[len(row)]
		if c.Outcome != want {
			t.Errorf("%s: outcome %v, want %v", c.Number, c.Outcome, want)
		}
		letters := ""
		for _, a := range []Ability{c.ThreeDS, c.Auth, c.Clearing, c.Reverse, c.Refund, c.CardAdd} {
			letters += map[Ability]string{Available: "A", NotAvailable: "N", Impossible: "I"}[a]
		}
		if letters != abilities[c.Number] {
			t.Errorf("%s: abilities %q, want %q", c.Number, letters, abilities[c.Number])
		}
		delete(abilities, c.Number)
		if found, ok := Find(c.Number); !ok || found != c {
			t.Errorf("%s is not found", c.Number)
		}
	}
	if len(abilities) > 0 {
		t.Errorf("missing: %v", abilities)
	}
}

func TestPayouts(t *testing.T) {
	rows, cards := lines(bothPayouts), Payouts()
	if len(rows) != 9 || len(cards) != len(rows) {
		t.Fatalf("%d cards, %d rows", len(cards), len(rows))
	}
	for i, row := range rows {
		c := cards[i]
		got := []string{c.Number}
		if c.InProcess {
			got = append(got, "process")
		}
		if c.Outcome == Success && c.ErrorCode == "" {
			got = append(got, "success")
		}
		if c.Outcome == Failure {
			got = append(got, c.ErrorCode)
		}
		if !slices.Equal(got, row) {
			t.Errorf("got %q, want %q", got, row)
		}
		if found, ok := FindPayout(c.Number); !ok || found != c {
			t.Errorf("%s is not found", c.Number)
		}
	}
}

// What the package comment says of check digits, and that no number stands in
// both lists: a card's number tells what it is for.
func TestNumbers(t *testing.T) {
	wrong, begin := 0, 0
	seen := map[string]bool{}
	check := func(number string) {
		if seen[number] {
			t.Errorf("%s is there twice", number)
		}
		seen[number] = true
		if len(number) < 13 || len(number) > 20 || strings.Trim(number, "0123456789") != "" {
			t.Errorf("%s is no card number", number)
		}
		if strings.HasPrefix(number, "440044") {
			begin++
		}
		if !luhn(number) {
			wrong++
			if !strings.HasPrefix(number, "440044") {
				t.Errorf("%s has a wrong check digit", number)
			}
		}
	}
	for _, c := range Payments() {
		check(c.Number)
	}
	for _, c := range Payouts() {
		check(c.Number)
	}
	if wrong != 7 || begin != 8 {
		t.Errorf("%d wrong check digits, %d that begin with 440044", wrong, begin)
	}
}

func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			d = d*2%10 + d*2/10
		}
		sum += d
	}
	return sum%10 == 0
}

func TestPhones(t *testing.T) {
	for i, want := range []string{"+77017777777 Kcell", "+77027777777 Activ", "+77037777777 Tele2", "+77047777777 Altel"} {
		p := Phones()[i]
		if got := p.Number + " " + p.Operator; got != want || p.Code != "111111" {
			t.Errorf("got %s with %s, want %s", got, p.Code, want)
		}
		for _, number := range []string{p.Number, p.Number[1:]} {
			if found, ok := FindPhone(number); !ok || found != p {
				t.Errorf("%s is not found", number)
			}
		}
	}
	if n := len(Phones()); n != 4 {
		t.Errorf("%d phones", n)
	}
}

func TestNotFound(t *testing.T) {
	for _, number := range []string{"", "+", "4405639704015096", "4716 0472 6194 1981", "++77017777777"} {
		c, card := Find(number)
		p, payout := FindPayout(number)
		f, phone := FindPhone(number)
		if card || payout || phone || c != (Card{}) || p != (PayoutCard{}) || f != (Phone{}) {
			t.Errorf("%q is found", number)
		}
	}
	if _, ok := Find(Payouts()[0].Number); ok {
		t.Error("a payout card is found among those to pay with")
	}
}

func TestTheTablesStayAsTheyAre(t *testing.T) {
	Payments()[0].Number, Payouts()[0].Number, Phones()[0].Number = "", "", ""
	if Payments()[0].Number == "" || Payouts()[0].Number == "" || Phones()[0].Number == "" {
		t.Error("the caller's slice is the package's")
	}
}

func TestStrings(t *testing.T) {
	got := fmt.Sprint(Available, NotAvailable, Impossible, Unknown, Ability(9), Success, Failure, NotPrinted, Outcome(9))
	const want = "available not available impossible unknown unknown success failure not printed not printed"
	if got != want {
		t.Errorf("got %s", got)
	}
}
