package pgsig_test

import (
	"fmt"

	"github.com/freedompay-go/freedompay/sign/pgsig"
)

// A callback is signed with the script name of the merchant's own URL.
func ExampleVerify() {
	script, err := pgsig.ScriptName("http://domain.com/path/to/script.php")
	if err != nil {
		panic(err)
	}
	fields, err := pgsig.Fields([]pgsig.Pair{
		{Name: "pg_salt", Value: "9imM909TH820jwk387"},
		{Name: "pg_t_param", Value: "value3"},
		{Name: "pg_a_param", Value: "value1"},
		{Name: "pg_z_param[pg_q_subparam]", Value: "subvalue2"},
		{Name: "pg_z_param[pg_m_subparam]", Value: "subvalue1"},
		{Name: "pg_b_param", Value: "value2"},
		{Name: "pg_sig", Value: "a8a4d5a9188f24038a14a4d65c387bf7"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(pgsig.Verify(script, fields, "mypasskey", "a8a4d5a9188f24038a14a4d65c387bf7"))
	// Output: true
}

func ExampleSign() {
	fields := []pgsig.Field{
		{Name: "pg_merchant_id", Value: "12345"},
		{Name: "pg_order_id", Value: "23"},
		{Name: "pg_amount", Value: "25"},
		{Name: "pg_description", Value: "Order description"},
		{Name: "pg_salt", Value: "9imM909TH820jwk387"},
	}
	// init_payment;25;Order description;12345;23;9imM909TH820jwk387;secret
	fmt.Println(pgsig.Sign("init_payment", fields, "secret"))
	// Output: 603336cd3a24b596ed54e77a37fa553f
}

func ExampleFields() {
	fields, err := pgsig.Fields([]pgsig.Pair{
		{Name: "pg_receipt_positions[0][name]", Value: "Bread"},
		{Name: "pg_receipt_positions[0][price]", Value: "250"},
	})
	if err != nil {
		panic(err)
	}
	position := fields[0].Children[0]
	fmt.Println(fields[0].Name, position.Name, position.Children)
	// Output: pg_receipt_positions 0 [{name Bread []} {price 250 []}]
}
