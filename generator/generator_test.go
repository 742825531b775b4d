package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// base returns the small spec of testdata/base, which breaks no rule, with our
// own x- words.
func base(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	root := os.DirFS("testdata/base")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, path)
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	words, err := os.ReadFile("../spec/" + extensionsFile)
	if err != nil {
		t.Fatal(err)
	}
	files[extensionsFile] = &fstest.MapFile{Data: words}
	return files
}

// within puts everything that is generated into one folder.
func within(out string) folders { return folders{out, filepath.Join(out, "docs")} }

// edit replaces old, which must stand in file, by new.
func edit(t *testing.T, files fstest.MapFS, file, old, new string) {
	t.Helper()
	text := string(files[file].Data)
	if !strings.Contains(text, old) {
		t.Fatalf("%q does not stand in %s", old, file)
	}
	files[file] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, old, new))}
}

const (
	openapiFile = "shop/openapi.yaml"
	ordersFile  = "shop/orders.yaml"
	formsFile   = "shop/forms.yaml"
	actionsFile = "shop/actions.yaml"
	linesFile   = "shop/lines.yaml"
	peopleFile  = "shop/people.yaml"
	hooksFile   = "hooks/openapi.yaml"
	eventsFile  = "hooks/events.yaml"
)

func TestEveryRule(t *testing.T) {
	for _, test := range []struct {
		name, file, old, new string
		want                 string
	}{
		{
			"a remote reference", ordersFile, "'#/schemas/OrderState'", "'https://docs.example/x.yaml#/schemas/OrderState'",
			"shop/orders.yaml:71: reference: a reference must stay within the spec folder",
		}, {
			"a reference out of the folder", ordersFile, "'#/schemas/OrderState'", "'../../x.yaml#/schemas/OrderState'",
			"shop/orders.yaml:71: reference: a reference must stay within the spec folder",
		}, {
			"a dangling reference", ordersFile, "'#/schemas/OrderState'", "'#/schemas/Nothing'",
			`shop/orders.yaml:71: reference: reference "#/schemas/Nothing" points nowhere`,
		}, {
			"an operation id with a Cyrillic letter", ordersFile, "operationId: placeOrder", "operationId: placeОrder",
			`shop/orders.yaml:4: operation-id: "placeОrder" is not lower camel case in ASCII`,
		}, {
			"no documentation", ordersFile, "x-documentation:\n        source: ['https://docs.example/order']\n        evidence: full\n        security: stated\n        covers: [shop.order]\n      ", "",
			"shop/orders.yaml:4: documented: operation placeOrder has no x-documentation",
		}, {
			"documentation without evidence", ordersFile, "        evidence: full\n", "",
			"shop/orders.yaml:27: documented: x-documentation of placeOrder has no evidence",
		}, {
			"no effect", ordersFile, "      x-effect: write\n", "",
			"shop/orders.yaml:4: effect: operation placeOrder does not say x-effect: read or write",
		}, {
			"no security", ordersFile, "      security:\n        - jwsHS256: []\n", "",
			"shop/orders.yaml:4: security: operation placeOrder does not name exactly one known scheme",
		}, {
			"a scheme that the SDK cannot compute", ordersFile, "jwsHS256: []", "digest: []",
			"shop/orders.yaml:8: security: operation placeOrder does not name exactly one known scheme",
		}, {
			"another answer than 200", ordersFile, "'200':", "'201':",
			"shop/orders.yaml:19: response: operation placeOrder must document exactly the answer 200",
		}, {
			"an XML answer without a root", ordersFile, "          content:\n            application/json:\n              schema:\n                $ref: '#/schemas/PlaceOrderAnswer'",
			"          content:\n            application/xml:\n              schema:\n                $ref: '#/schemas/PlaceOrderAnswer'",
			"shop/orders.yaml:67: response: an XML answer must name its root element",
		}, {
			"an object without a name", ordersFile, "      note:\n        type: string\n", "      note:\n        type: object\n",
			"shop/orders.yaml:73: named: property note is an object without a name",
		}, {
			"a body with another name", ordersFile, "$ref: '#/schemas/PlaceOrderAnswer'", "$ref: '#/schemas/PlaceOrderRequest'",
			"shop/orders.yaml:24: named: the schema of this body must be a reference to PlaceOrderAnswer",
		}, {
			"a property without a description", ordersFile, "        description: What the shop says.\n", "",
			"shop/orders.yaml:72: described: property note does not say what it means",
		}, {
			"a description that repeats the name", ordersFile, "What the shop says.", "Note.",
			"shop/orders.yaml:72: described: property note does not say what it means",
		}, {
			"a schema without a description", ordersFile, "    description: What is ordered.\n", "",
			"shop/orders.yaml:50: described: schema PlaceOrderRequest has no description",
		}, {
			"a union", ordersFile, "        description: What the shop says.", "        description: What the shop says.\n        oneOf: [{type: string}]",
			"shop/orders.yaml:75: union: oneOf does not survive generation; give each variant an operation of its own",
		}, {
			"a default", ordersFile, "        description: What the shop says.", "        description: What the shop says.\n        default: x",
			"shop/orders.yaml:75: open: default is not used: unknown members always survive, and nothing is filled in",
		}, {
			"money as a float", ordersFile, "format: decimal", "format: double",
			"shop/orders.yaml:58: money: number amount must have format decimal: money passes through no float",
		}, {
			"an integer of unknown width", ordersFile, "        format: int64\n", "",
			"shop/orders.yaml:63: money: integer count must have format int64",
		}, {
			"a limit with an exponent", ordersFile, "minimum: 0.01", "minimum: 1e-2",
			"shop/orders.yaml:57: money: limit 1e-2 of amount: write it without an exponent",
		}, {
			"a secret that is not marked", ordersFile, "      note:\n", "      card_token:\n",
			"shop/orders.yaml:72: sensitive: property card_token must say x-sensitive",
		}, {
			"an enum value without a meaning", ordersFile, "        done: {name: Done, about: It was delivered.}\n", "",
			`shop/orders.yaml:78: enum: x-enum of OrderState gives value "done" no name or no meaning`,
		}, {
			"a meaning without a value", ordersFile, "enum: [new, done]", "enum: [new]",
			`shop/orders.yaml:83: enum: x-enum of OrderState describes "done", which is no value of it`,
		}, {
			"two properties with one Go name", ordersFile, "      note:\n", "      State:\n        type: string\n        description: Again.\n      note:\n",
			"shop/orders.yaml:72: go-name: PlaceOrderAnswer.State would be declared twice: property state and property State",
		}, {
			"a property that is named as a method", ordersFile, "      note:\n", "      validate:\n",
			"shop/orders.yaml:72: go-name: PlaceOrderAnswer.Validate would be declared twice: the method of that name and property validate",
		}, {
			"what a property is, beside no reference", ordersFile, "description: What the shop says.", "description: What the shop says.\n        x-about: And more.",
			"shop/orders.yaml:75: described: x-about of note stands beside no reference: say it in the description",
		}, {
			"a line that does not fit in", ordersFile, "        description: What it costs.", "       description: What it costs.",
			"shop/orders.yaml:61: syntax: did not find expected key",
		}, {
			"a colon in a text", openapiFile, "  /v1/person:\n", "  /v1/person:\n    summary: a: b\n",
			"shop/openapi.yaml:26: syntax: mapping values are not allowed in this context",
		}, {
			"a member twice", ordersFile, "      note:\n        type: string\n        description: What", "      state:\n        type: string\n        description: What",
			`shop/orders.yaml:72: syntax: "state" is here a second time, after line 70`,
		}, {
			"an operation that is not listed", openapiFile, "  /v1/person:\n    $ref: 'people.yaml#/paths/showPerson'\n", "",
			"shop/people.yaml:56: reference: nothing refers to paths/showPerson",
		}, {
			"a schema that nobody has", ordersFile, "        $ref: '#/schemas/OrderState'\n", "        type: string\n        description: How far it is.\n",
			"shop/orders.yaml:76: reference: nothing refers to schemas/OrderState",
		}, {
			"a limit that is a text", ordersFile, "minimum: 0.01", "minimum: '0.01'",
			"shop/orders.yaml:60: limit: minimum is a text, not a number",
		}, {
			"decimals of what is none", ordersFile, "description: How many.", "description: How many.\n        x-decimals: 2",
			"shop/orders.yaml:66: type: x-decimals of count: it is no decimal",
		}, {
			"a Go name that it has anyway", ordersFile, "description: What the shop says.", "description: What the shop says.\n        x-go-name: Note",
			"shop/orders.yaml:75: go-name: property note is called Note without x-go-name",
		}, {
			"what is no Go name", ordersFile, "description: What the shop says.", "description: What the shop says.\n        x-go-name: the_note",
			"shop/orders.yaml:75: extension: x-go-name: at '': 'the_note' does not match pattern '^[A-Z][A-Za-z0-9]*$'",
		}, {
			"a Go name that another has", ordersFile, "description: What the shop says.", "description: What the shop says.\n        x-go-name: State",
			"shop/orders.yaml:72: go-name: PlaceOrderAnswer.State would be declared twice: property state and property note",
		}, {
			"a name in back quotes that is none", ordersFile, "description: What the shop says.", "description: What `the_shop` says.",
			"shop/orders.yaml:72: described: `the_shop` is neither an operation nor a member",
		}, {
			"a schema that is no Go name", ordersFile, "OrderState", "order_state",
			`shop/orders.yaml:76: go-name: schema order_state is not a Go name; OrderState would be`,
		}, {
			"a type that the codecs do not know", ordersFile, "      note:\n        type: string\n", "      note:\n        type: array\n        items: {type: boolean}\n",
			"shop/orders.yaml:74: type: a list of bool is not known to the codecs",
		}, {
			"a content type that the codecs do not know", ordersFile, "          application/json:\n            schema:\n              $ref: '#/schemas/PlaceOrderRequest'", "          application/pdf:\n            schema:\n              $ref: '#/schemas/PlaceOrderRequest'",
			`shop/orders.yaml:12: type: content type "application/pdf" is not known`,
		}, {
			"a limit that Validate does not know", ordersFile, "minimum: 0.01", "minimum: 0\n        exclusiveMinimum: true",
			"shop/orders.yaml:61: limit: exclusiveMinimum of a schema of type number: Validate would not keep it",
		}, {
			"a limit of another type", ordersFile, "        description: How many.", "        description: How many.\n        maxLength: 3",
			"shop/orders.yaml:66: limit: maxLength of a schema of type integer: Validate would not keep it",
		}, {
			"a limit of an object", ordersFile, "    required: [order_id]", "    required: [order_id]\n    minProperties: 2",
			"shop/orders.yaml:53: limit: minProperties of a schema of type object: Validate would not keep it",
		}, {
			"a limit of an enum", ordersFile, "    enum: [new, done]", "    enum: [new, done]\n    maxLength: 4",
			"shop/orders.yaml:79: limit: maxLength of a schema of type enum: Validate would not keep it",
		}, {
			"a limit of a list's items on the list", formsFile, "        description: Codes of the goods.", "        description: Codes of the goods.\n        maxLength: 4",
			"shop/forms.yaml:82: limit: maxLength of a schema of type array: Validate would not keep it",
		}, {
			"a limit of nothing", ordersFile, "        description: What the shop says.", "        description: What the shop says.\n        maxLength: 0",
			"shop/orders.yaml:75: limit: maxLength is 0, which would be no limit",
		}, {
			"a required property that is none", ordersFile, "required: [order_id]", "required: [order_id, weight]",
			`shop/orders.yaml:52: required: PlaceOrderRequest requires "weight", which is not a property of it`,
		}, {
			"a resolving operation that is none", ordersFile, "      x-effect: write\n", "      x-effect: write\n      x-resolve-with: orderStatus\n",
			`shop/orders.yaml:26: resolve: x-resolve-with: no operation "orderStatus"`,
		}, {
			"a resolving operation that writes", ordersFile, "      x-effect: write\n", "      x-effect: write\n      x-resolve-with: placeOrder\n",
			`shop/orders.yaml:26: resolve: x-resolve-with: placeOrder writes and placeOrder reads, or there is nothing to ask`,
		}, {
			"a resolving operation that asks by nothing that was sent", ordersFile, "      x-effect: write\n", "      x-effect: write\n      x-resolve-with: countOrders\n",
			`shop/orders.yaml:26: resolve: x-resolve-with: placeOrder has no member in common with countOrders to ask by`,
		}, {
			"a repeat by a member that is none", ordersFile, "      x-effect: write\n", "      x-effect: write\n      x-repeat: {key: order_no, in: body, signed: true, answer: first, evidence: stated, about: By the number of the order.}\n",
			`shop/orders.yaml:26: repeat: x-repeat of placeOrder: its request has no member "order_no"`,
		}, {
			"a repeat by a header field that would be signed", ordersFile, "      x-effect: write\n", "      x-effect: write\n      x-repeat: {key: X-Request-Id, in: header, signed: true, answer: first, evidence: stated, about: By its id.}\n",
			`shop/orders.yaml:26: repeat: x-repeat of placeOrder: no signature of this API covers a header field`,
		}, {
			"a word that is not ours", ordersFile, "      x-effect: write\n", "      x-effect: write\n      x-retry: true\n",
			"shop/orders.yaml:26: extension: x-retry is not one of our words",
		}, {
			"a word in a wrong form", ordersFile, "evidence: full", "evidence: hearsay",
			"shop/orders.yaml:26: extension: x-documentation: at '/evidence': value must be one of 'full', 'partial', 'mirror', 'example-only'",
		}, {
			"a document that is no OpenAPI", openapiFile, "  version: '1'\n", "",
			"shop/openapi.yaml:2: openapi: invalid info: value of version must be a non-empty string",
		}, {
			"a path that operations share, and nothing tells them apart", openapiFile, "/v1/order:", "/v1/order#placeOrder:",
			"shop/orders.yaml:4: select: operation placeOrder does not say x-select: how a server knows it",
		}, {
			"a choice on a path that nobody shares", openapiFile, "/v1/pay#payToken:", "/v1/paytoken:",
			"shop/forms.yaml:55: select: x-select of payToken, whose path has no fragment",
		}, {
			"a fragment that is not the operation's id", openapiFile, "/v1/pay#payToken:", "/v1/pay#token:",
			`shop/forms.yaml:34: select: the fragment of the path of payToken is "token", not its id`,
		}, {
			"a choice by a member that no request has", formsFile, "absent: [pg_token]", "absent: [pg_note]",
			`shop/forms.yaml:25: select: x-select of payCard: no request on its path has a member "pg_note"`,
		}, {
			"an operation that is told from nothing", formsFile, "{present: [pg_token]}", "{same-as: payCash}",
			`shop/forms.yaml:55: select: x-select of payToken: "payCash" is no operation on its path that a server sees`,
		}, {
			"a path with an operation without a choice", openapiFile, "/v1/order:", "/v1/pay:",
			"shop/orders.yaml:4: select: operation placeOrder has the path of payCard",
		}, {
			"an alias without the parameters of the path", formsFile, "      x-explicit: [pg_hold]\n", "      x-explicit: [pg_hold]\n      x-aliases: ['/{merchant_id}/pay']\n",
			"shop/forms.yaml:32: select: alias /{merchant_id}/pay has not the parameters of /v1/pay",
		}, {
			"a form that can only be urlencoded", formsFile, "multipart/form-data:", "application/x-www-form-urlencoded:",
			"shop/forms.yaml:10: type: a form of payCard must be documented as multipart/form-data too",
		}, {
			"an explicit member that is none", formsFile, "x-explicit: [pg_hold]", "x-explicit: [pg_wait]",
			`shop/forms.yaml:31: explicit: x-explicit of payCard: its request has no member "pg_wait"`,
		}, {
			"an explicit member that is required", formsFile, "x-explicit: [pg_hold]", "x-explicit: [pg_pan]",
			"shop/forms.yaml:31: explicit: x-explicit of payCard: pg_pan is required anyway",
		}, {
			"a supplied member that is no text", formsFile, "        type: string\n        description: Who asks.", "        type: integer\n        format: int64\n        description: Who asks.",
			"shop/forms.yaml:71: supplied: property pg_shop is supplied and must be a plain string",
		}, {
			"a member that the operation supplies", formsFile, "x-supplied-by: credentials", "x-supplied-by: operation",
			"shop/forms.yaml:70: not-yet: x-supplied-by: operation on a property is not generated yet",
		}, {
			"a header field of the operation without a value", actionsFile, "x-select: {header: {name: X-Action, value: order.note}}", "x-select: {present: [note]}",
			"shop/actions.yaml:33: supplied: parameter X-Action of editNote is supplied by the operation, and x-select does not say what it is",
		}, {
			"a value of a header field that is no parameter", actionsFile, "- name: X-Action\n", "- name: X-Method\n",
			`shop/actions.yaml:80: select: x-select of countOrders: no parameter says that the operation supplies the header field "X-Action"`,
		}, {
			"another header field of the operation than the one with a value", actionsFile, "- name: X-Action\n", "- name: X-Method\n",
			"shop/actions.yaml:62: supplied: parameter X-Method of countOrders is supplied by the operation, and x-select does not say what it is",
		}, {
			"a parameter of the query that the operation supplies", actionsFile, "          in: header\n          description: What is to be done.\n", "          in: query\n          description: What is to be done.\n",
			"shop/actions.yaml:71: supplied: an operation supplies one header field and nothing else",
		}, {
			"a zone by its name", formsFile, "zone: '+05:00'", "zone: Asia/Almaty",
			"shop/forms.yaml:109: not-yet: x-zone of pg_date: only offsets of times are generated yet",
		}, {
			"a parameter in the path", formsFile, "      requestBody:\n", "      parameters: [{name: shop, in: path, required: true, x-supplied-by: credentials, schema: {type: string}}]\n      requestBody:\n",
			"shop/forms.yaml:9: type: the only parameter in a path that is known is merchant_id, of the credentials",
		}, {
			"an operation id used twice", openapiFile, "/v1/order:\n    $ref: 'orders.yaml#/paths/order'\n", "/v1/order:\n    $ref: 'orders.yaml#/paths/order'\n  /v2/order:\n    $ref: 'orders.yaml#/paths/order'\n",
			`shop/orders.yaml:4: operation-id: "placeOrder" is used twice`,
		}, {
			"a value that is named as a schema", ordersFile, "name: New", "name: ''",
			`shop/orders.yaml:78: enum: x-enum of OrderState gives value "new" no name or no meaning`,
		}, {
			"two values with one name", ordersFile, "name: Done", "name: New",
			"shop/orders.yaml:76: go-name: OrderStateNew would be declared twice: value new of OrderState and value done of OrderState",
		}, {
			"a limit that is no number", ordersFile, "        description: What the shop says.", "        description: What the shop says.\n        maxLength: many",
			`shop/orders.yaml:75: type: "many" is not a whole number`,
		}, {
			"a pattern that is none", ordersFile, "        description: What the shop says.", "        description: What the shop says.\n        pattern: '('",
			"shop/orders.yaml:72: type: pattern of note: error parsing regexp: missing closing ): `(`",
		}, {
			"a header that the caller would have to fill", ordersFile, "      requestBody:\n", "      parameters: [{name: X-Shop, in: header, schema: {type: string}}]\n      requestBody:\n",
			"shop/orders.yaml:9: type: a parameter in header must say x-supplied-by",
		}, {
			"an optional enum of integers", ordersFile, "  OrderState:\n    type: string\n    description: How far the order is.\n    enum: [new, done]", "  OrderState:\n    type: integer\n    description: How far the order is.\n    enum: [new, done]",
			"shop/orders.yaml:70: type: an optional enum of integers is not known to the codecs",
		}, {
			"an example that does not fit", ordersFile, "              amount: 500.00\n", "              amount: 0.001\n",
			"shop/orders.yaml:16: example: example of PlaceOrderRequest does not fit: minimum at /amount",
		}, {
			"a deviation that is not listed", ordersFile, `{"order_id": 1, "amount": 500.00}`, `{"order_id": 1, "amount": 0.00}`,
			"shop/orders.yaml:32: example: deviation is not listed: minimum at /amount",
		}, {
			"a listed deviation that does not occur", ordersFile, `{"order_id": 1, "amount": 500.00}`, `{"order_id": "1", "amount": 500.00}`,
			"shop/orders.yaml:36: example: listed deviation does not occur: type at /order_id",
		}, {
			"an example that is read without its correction", ordersFile, `{"state": "new" "note": "x"}`, `{"state": "new"}`,
			"shop/orders.yaml:39: example: the example can be read as printed and needs no corrected text",
		}, {
			"more servers than the API has", peopleFile, "        - url: https://people.example\n", "        - url: https://people.example\n        - url: https://test.example\n",
			"shop/people.yaml:62: server: operation showPerson has more servers than its API",
		}, {
			"details of an error without a text", peopleFile, "text: error.message, details", "details",
			"shop/people.yaml:23: extension: x-error: at '': properties 'text' required, if 'details' exists",
		}, {
			"an error that any value and some values mean", peopleFile, "any: true", "any: true, values: [no]",
			"shop/people.yaml:23: extension: x-error: at '': 'oneOf' failed, subschemas 0, 1 matched",
		}, {
			"a kind of token that is a token", peopleFile, "      person:\n        type: string\n        description: Id of the person.\n  ShowPersonAnswer", "      type_token:\n        type: string\n        description: Id of the person.\n  ShowPersonAnswer",
			"shop/people.yaml:112: sensitive: property type_token must say x-sensitive",
		}, {
			"an operation id that begins with an abbreviation", ordersFile, "operationId: placeOrder", "operationId: pinOrder",
			`shop/orders.yaml:4: operation-id: "pinOrder" would be both PINOrder and PinOrder in Go: do not begin with an abbreviation`,
		}, {
			"a number in a path", linesFile, "        schema: {type: string}", "        schema: {type: integer, format: int64}",
			"shop/lines.yaml:8: type: a parameter in a path must be a required plain string",
		}, {
			"a path and a body", linesFile, "      responses:", "      requestBody:\n        content:\n          application/json:\n            schema: {$ref: '#/schemas/LinesRequest'}\n      responses:",
			"shop/lines.yaml:4: type: operation lines has a body and members in its path or query",
		}, {
			"an error by value and by any value", linesFile, "any: true", "values: ['1']\n        any: true",
			"shop/lines.yaml:30: extension: x-error: at '': 'oneOf' failed, subschemas 0, 1 matched",
		}, {
			"exceptions of no rule", linesFile, "any: true\n        except: ['0']\n        unless: count", "values: ['1']\n        except: ['0']",
			"shop/lines.yaml:30: extension: x-error: at '': properties 'any' required, if 'except' exists",
		}, {
			"another direction", hooksFile, "x-direction: inbound", "x-direction: outbound",
			"hooks/openapi.yaml:6: extension: x-direction: at '': value must be 'inbound'",
		}, {
			"calls whose authentication nobody knows", hooksFile, "x-direction: inbound\n", "",
			"hooks/events.yaml:24: direction: security of told: only of calls to the merchant it may be unknown",
		}, {
			"an answer without content to a call", hooksFile, "x-direction: inbound\n", "",
			"hooks/events.yaml:30: named: the schema of this body must be a reference to ShownAnswer",
		}, {
			"unsigned calls to the merchant", eventsFile, "security: unknown", "security: stated",
			"hooks/events.yaml:4: direction: operation told, which the merchant serves, is not signed: its security is unknown",
		}, {
			"calls to the merchant that say nothing", eventsFile, "      requestBody:\n        content:\n          application/json:\n            schema:\n              $ref: '#/schemas/ToldRequest'\n            example: {what: it}\n", "",
			"hooks/events.yaml:4: direction: operation told, which the merchant serves, has no request",
		}, {
			"an example of an answer without a schema that is no XML", eventsFile, "<p>welcome</p>", "<p>welcome",
			"hooks/events.yaml:51: example: the example cannot be read (line 2: XML syntax error on line 2: unexpected EOF) and has no corrected text",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := base(t)
			edit(t, files, test.file, test.old, test.new)
			out := t.TempDir()
			err := run(io.Discard, files, within(out), false)
			if err == nil {
				t.Fatalf("no error, want %s", test.want)
			}
			if !strings.Contains("\n"+err.Error()+"\n", "\n"+test.want+"\n") {
				t.Errorf("got\n%v\nwant\n%s", err, test.want)
			}
			if left, _ := os.ReadDir(out); len(left) > 0 {
				t.Errorf("a broken spec wrote %v", left)
			}
		})
	}
}

// TestBase shows that the table above starts from a spec that breaks no rule,
// and that generating is stable: a second run and a check find nothing to do.
func TestBase(t *testing.T) {
	files, out := base(t), t.TempDir()
	if err := run(io.Discard, files, within(out), false); err != nil {
		t.Fatal(err)
	}
	for _, check := range []bool{false, true} {
		var report bytes.Buffer
		if err := run(&report, files, within(out), check); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(report.String(), " 0 ") {
			t.Errorf("check=%v: %s", check, report.String())
		}
	}
}

// What the merchant serves has messages, and nothing to call.
func TestInbound(t *testing.T) {
	files, out := base(t), t.TempDir()
	if err := run(io.Discard, files, within(out), false); err != nil {
		t.Fatal(err)
	}
	var names []string
	entries, err := os.ReadDir(filepath.Join(out, "hooks"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got, want := strings.Join(names, " "), "codec.gen.go inbound.gen.go openapi.yaml operations.gen.go types.gen.go"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	types, err := os.ReadFile(filepath.Join(out, "hooks", "types.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"How it is authenticated is not documented.", "It is signed with pg_sig and the payment secret.", "type ShownRequest struct"} {
		if !strings.Contains(string(types), want) {
			t.Errorf("the types do not say: %s", want)
		}
	}
	catalog, err := os.ReadFile(filepath.Join(out, "catalog", "catalog.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	calls, served, found := strings.Cut(string(catalog), "var inbound = ")
	if !found || !strings.Contains(calls, "shop.PlaceOrderRequest") || strings.Contains(calls, "hooks.ToldRequest") || !strings.Contains(served, "hooks.ToldRequest") {
		t.Errorf("the catalog mixes what is called and what is served:\n%s", catalog)
	}
}

// A header field that the operation supplies is sent by the clients, and named in
// the published document with all the values that it has on its path.
func TestActions(t *testing.T) {
	files, out := base(t), t.TempDir()
	if err := run(io.Discard, files, within(out), false); err != nil {
		t.Fatal(err)
	}
	generated := func(name string) string {
		data, err := os.ReadFile(filepath.Join(out, "shop", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if want := `Select:   wire.Select{Header: "X-Action", Value: "order.note"}`; !strings.Contains(generated("operations.gen.go"), want) {
		t.Errorf("the operations do not hold %s", want)
	}
	if want := "// POST /v1/edit, with the header field X-Action: order.note, signed with a"; !strings.Contains(generated("client.gen.go"), want) {
		t.Errorf("the client does not say %s", want)
	}
	for name, value := range map[string]string{
		"NewEditNameRequestWithBody": "order.name", "NewEditNoteRequestWithBody": "order.note", "NewCountOrdersRequest": "order.count",
	} {
		_, made, found := strings.Cut(generated("raw/raw.gen.go"), "func "+name+"(")
		made, _, _ = strings.Cut(made, "\n}\n")
		if want := fmt.Sprintf("\treq.Header.Set(\"X-Action\", %q)\n\n\treturn req, nil", value); !found || strings.Count(made, "X-Action") != 1 || !strings.HasSuffix(made, want) {
			t.Errorf("%s does not end with %s:\n%s", name, want, made)
		}
	}
	for _, name := range []string{"server/server.gen.go", "server/service.gen.go", "types.gen.go"} {
		if strings.Contains(generated(name), "XAction") || strings.Contains(generated(name), "X-Action") {
			t.Errorf("%s has an argument for what the operation supplies", name)
		}
	}
	doc, err := load([]byte(generated("openapi.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct {
		method, id string
		values     []any
	}{
		"/v1/edit":  {"POST", "v1edit", []any{"order.name", "order.note"}},
		"/v1/count": {"GET", "countOrders", []any{"order.count"}},
	} {
		item := doc.Paths.Value(path)
		if item == nil || item.GetOperation(want.method) == nil {
			t.Errorf("%s is not published", path)
			continue
		}
		op := item.GetOperation(want.method)
		if op.OperationID != want.id || (op.Extensions["x-operations"] != nil) != (len(want.values) > 1) {
			t.Errorf("%s is published as %s, with the words %v", path, op.OperationID, op.Extensions)
		}
		if p := op.Parameters.GetByInAndName("header", "X-Action"); p == nil || !slices.Equal(p.Schema.Value.Enum, want.values) {
			t.Errorf("%s: X-Action is published as %+v", path, p)
		}
	}
}

// Beside a reference stands what a property is beyond what all of its type are, and
// comments call members and operations by their names in Go.
func TestWordsOfComments(t *testing.T) {
	files, out := base(t), t.TempDir()
	edit(t, files, ordersFile, "$ref: '#/schemas/OrderState'", "$ref: '#/schemas/OrderState'\n        x-about: How far order_id of placeOrder is, not read.order_id nor \"order_id\".")
	if err := run(io.Discard, files, within(out), false); err != nil {
		t.Fatal(err)
	}
	types, err := os.ReadFile(filepath.Join(out, "shop", "types.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "\t// How far OrderID of PlaceOrder is, not read.order_id nor \"order_id\".\n\tState OrderState\n"; !strings.Contains(string(types), want) {
		t.Errorf("the types do not hold %s", want)
	}
}

// What a property is called in Go is what the spec says, on the wire it keeps its name,
// and comments have the name that holds where they stand.
func TestNamesOfProperties(t *testing.T) {
	files, out := base(t), t.TempDir()
	edit(t, files, ordersFile, "description: How many.", "description: How many of them, as `note` says.\n      note:\n        type: string\n"+
		"        description: 'A note; that of the answer is PlaceOrderAnswer.note. By the two names it is `state`.'\n        x-go-name: Remark")
	edit(t, files, ordersFile, "description: What the shop says.", "description: Not `order_id`, but `note`.\n        x-go-name: Words")
	edit(t, files, ordersFile, "description: How far the order is.", "description: How far, beside note_; `PlaceOrderRequest.note` is another.")
	if err := run(io.Discard, files, within(out), false); err != nil {
		t.Fatal(err)
	}
	types, err := os.ReadFile(filepath.Join(out, "shop", "types.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\t// How many of them, as Remark says.\n",
		"\t// A note; that of the answer is PlaceOrderAnswer.Words. By the two names it\n\t// is State.\n\tRemark string\n",
		"\t// Not OrderID, but Words.\n\tWords string\n",
		"// OrderState: How far, beside note_; PlaceOrderRequest.Remark is another.\n",
	} {
		if !strings.Contains(string(types), want) {
			t.Errorf("the types do not hold %q", want)
		}
	}
	codec, err := os.ReadFile(filepath.Join(out, "shop", "codec.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(codec), "&v.Remark,\n") || !strings.Contains(string(codec), "&v.Words,\n") || strings.Contains(string(codec), "\"Remark\"") ||
		strings.Contains(string(codec), "\"Words\"") {
		t.Errorf("the codecs do not read the members by their names on the wire:\n%s", codec)
	}
	// Where it stands in neither type, the two have no name in common.
	edit(t, files, ordersFile, "beside note_;", "beside `note`;")
	if err := run(io.Discard, files, within(t.TempDir()), false); err == nil || !strings.Contains(err.Error(), "`note` is neither an operation nor a member") {
		t.Errorf("error %v, want that note is ambiguous", err)
	}
}

// A member that tells of a failure by its value, but with another one is part of what
// was asked about: any other value is an answer then.
func TestAStateThatTellsOfFailures(t *testing.T) {
	files, out := base(t), t.TempDir()
	edit(t, files, linesFile, "any: true\n        except: ['0']", "values: [failed]")
	edit(t, files, linesFile, "{count: 1, code: 0}", "{count: 1, code: open}")
	edit(t, files, linesFile, "        type: integer\n        format: int64\n        description: What went wrong.\n", "        $ref: '#/schemas/LineState'\n"+
		"  LineState:\n    type: string\n    description: How far the lines are.\n    enum: [open, failed]\n"+
		"    x-enum: {open: true, values: {open: {name: Open, about: They can change.}, failed: {name: Failed, about: They went wrong.}}}\n")
	if err := run(io.Discard, files, within(out), false); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(out, "shop", "operations.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "Member: \"code\", Values: []string{\"failed\"}, Unless: \"count\",\n\t}"; !strings.Contains(string(data), want) {
		t.Errorf("the operations have no %q", want)
	}
}

// Members that stand in the path or may be left out of the query.
func TestPathsAndQueries(t *testing.T) {
	files, out := base(t), t.TempDir()
	if err := run(io.Discard, files, within(out), false); err != nil {
		t.Fatal(err)
	}
	for name, wants := range map[string][]string{
		"operations.gen.go": {
			"Path:     \"/v1/order/{number}/lines\"", "InPath:   []string{\"number\"}",
			"Any: true, Except: []string{\"0\"}, Unless: \"count\"",
		},
		"types.gen.go":          {"in its path and query.\ntype LinesRequest struct", "\tNumber string\n", "\tPage string\n"},
		"server/service.gen.go": {"request := &r.Params\n\trequest.Number = r.Number\n"},
		"raw/aliases.gen.go":    {"type LinesParams struct {\n\tPage *string\n}"},
	} {
		data, err := os.ReadFile(filepath.Join(out, "shop", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(data), want) {
				t.Errorf("%s has no %q", name, want)
			}
		}
	}
}

// How a call says who makes it, and where it is called, is what the spec says, and
// so is a GET with a body.
func TestAuthorization(t *testing.T) {
	files, out := base(t), t.TempDir()
	if err := run(io.Discard, files, within(out), false); err != nil {
		t.Fatal(err)
	}
	for name, wants := range map[string][]string{
		"operations.gen.go": {
			"\tSecurity: wire.Basic,\n", "\tSecurity: wire.Bearer,\n", "\t\tDetails: \"error.errors\",\n", "Member: \"error\", Any: true,\n",
			"\tElsewhere: map[wire.Environment]wire.Environment{\n\t\t\"https://shop.example\": \"https://people.example\",\n\t},\n",
		},
		"client.gen.go": {
			"// POST /v1/token, with the id and the secret of the credentials by HTTP\n// Basic. It changes",
			"// PATCH /v1/token, with a token, which wire.WithBearer gives. It changes\n",
			"// GET /v1/person, with a token, which wire.WithBearer gives. A client of\n// https://shop.example calls it at https://people.example, as its page has\n// it.\n",
			"func (c *Client) RenewToken(ctx context.Context, opts ...wire.CallOption) (*RenewTokenAnswer, error) {\n",
		},
		"raw/raw.gen.go":        {"ShowPerson(ctx context.Context, body ShowPersonJSONRequestBody, reqEditors"},
		"server/service.gen.go": {"ShowPerson(ctx context.Context, request *ShowPersonRequest) (*ShowPersonAnswer, error)\n"},
		"openapi.yaml":          {"url: https://people.example\n", "scheme: basic\n", "scheme: bearer\n"},
	} {
		data, err := os.ReadFile(filepath.Join(out, "shop", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(data), want) {
				t.Errorf("%s does not hold %s", name, want)
			}
		}
	}
}

// What oapi-codegen does not generate as it used to is an error, and no client
// that leaves out a header field.
func TestActionsOfNoFunction(t *testing.T) {
	a := &api{Name: "shop", Operations: []*operation{{ID: "pay", Name: "Pay", Action: "X-Action", Select: choice{Header: "X-Action", Value: "pay"}}}}
	for _, code := range []string{
		"package raw\n",
		"package raw\n\nfunc NewPayRequest() (a, b int) { return NewPayRequestWithBody() }\n",
		"package raw\n\nfunc NewPayRequestWithBody() (a, b int) { return nil, nil }\n",
	} {
		if got, err := withActions(a, code); err == nil {
			t.Errorf("no error; got\n%s", got)
		}
	}
	if _, err := withActions(a, "package"); err == nil {
		t.Error("no error for code that does not parse")
	}
}

// A required bool whose zero value nobody may send by forgetting it is a pointer.
func TestRequiredAndExplicit(t *testing.T) {
	files, out := base(t), t.TempDir()
	edit(t, files, formsFile, "required: [pg_shop, pg_pan, pg_sig]", "required: [pg_shop, pg_pan, pg_sig, pg_hold]")
	edit(t, files, formsFile, "pg_pan: \"1\"\n", "{pg_hold: 1, pg_pan: \"1\"}\n")
	if err := run(io.Discard, files, within(out), false); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(within(out).out, "shop", "types.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "\tHold *bool\n"; !strings.Contains(string(got), want) {
		t.Errorf("no %q in\n%s", want, got)
	}
}

// The document says where a failure is told and what its codes mean; a code with a
// kind and without a meaning is refused.
func TestErrorTables(t *testing.T) {
	files, out := base(t), t.TempDir()
	edit(t, files, ordersFile, "      x-effect: write\n", "      x-effect: write\n"+
		"      x-error: {member: error, any: true, code: error, text: note, evidence: stated, kinds: {'7': not-found}}\n")
	want := `shop/orders.yaml:26: errors: 7 of placeOrder: errors.yaml does not say what it means`
	if err := run(io.Discard, files, within(out), false); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	files[errorsFile] = &fstest.MapFile{Data: []byte("errors:\n" +
		"  - {apis: [shop], codes: ['7', '8'], about: No such | order., evidence: page}\n" +
		"  - {apis: [other], codes: ['9'], about: Nothing., evidence: page}\n")}
	if err := run(io.Discard, files, within(out), false); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(out, "docs", errorsDocument))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| `error` is there; code in `error`, text in `note` | `placeOrder` |\n",
		"| by the HTTP status alone | `",
		"| 7, 8 | not found (`placeOrder`) | No such \\| order. | page |\n",
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Contains(string(got), "Nothing.") {
		t.Errorf("a code of another API is in\n%s", got)
	}
}

// The document has a row for each page, a total for each API, and what is known by
// name only.
func TestCoverage(t *testing.T) {
	files, out := base(t), t.TempDir()
	files[undocumentedFile] = &fstest.MapFile{Data: []byte("operations:\n  - {id: shop.wish, api: shop, section: Wishes, name: 'Wish | list', about: Nothing.}\n")}
	if err := run(io.Discard, files, within(out), false); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(out, "docs", coverageFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| `hooks` | 2 | 2 | 2 | 0 | 0 | 0 |\n",
		"| `shop` | 10 | 10 | 10 | 0 | 0 | 0 |\n",
		"| all | 12 | 12 | 12 | 0 | 0 | 0 |\n",
		"| shop.order | `placeOrder` | full |  | https://docs.example/order |",
		"| hooks.told | `told` | full |  | https://docs.example/told |",
		"\n1 entries of the documentation's navigation",
		"| shop.wish | Wishes | Wish \\| list | Nothing. |\n",
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	edit(t, files, undocumentedFile, "Nothing.", "Something.")
	if err := run(io.Discard, files, within(out), true); err == nil || !strings.Contains(err.Error(), coverageFile) {
		t.Errorf("a document that is out of date: %v", err)
	}
}

func TestCheckFindsDifferences(t *testing.T) {
	files, out := base(t), t.TempDir()
	if err := run(io.Discard, files, within(out), false); err != nil {
		t.Fatal(err)
	}
	generated := filepath.Join(out, "shop", "types.gen.go")
	before, err := os.ReadFile(generated)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change func(t *testing.T) fs.FS
		want   string
	}{
		{"a spec that changed", func(t *testing.T) fs.FS {
			changed := base(t)
			edit(t, changed, ordersFile, "What the shop says.", "What the shop says about it.")
			return changed
		}, "shop/types.gen.go"},
		{"a generated file that was edited", func(t *testing.T) fs.FS {
			if err := os.WriteFile(generated, append(before, "// mine\n"...), 0o644); err != nil {
				t.Fatal(err)
			}
			return files
		}, "shop/types.gen.go"},
		{"a file that no spec gives", func(t *testing.T) fs.FS {
			if err := os.WriteFile(filepath.Join(out, "shop", "old.gen.go"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			return files
		}, "shop/old.gen.go (no longer generated)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			spec := test.change(t)
			err := run(io.Discard, spec, within(out), true)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want it to name %s", err, test.want)
			}
			if err := run(io.Discard, files, within(out), false); err != nil {
				t.Fatal(err)
			}
			after, err := os.ReadFile(generated)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(before, after) {
				t.Error("generating does not restore what the specs give")
			}
		})
	}
}

func TestGoNames(t *testing.T) {
	for in, want := range map[string]string{
		"invoice_id":       "InvoiceID",
		"facilitatorIBAN":  "FacilitatorIBAN",
		"freedomId":        "FreedomID",
		"back_url":         "BackURL",
		"address_line1":    "AddressLine1",
		"dt":               "DateTime",
		"pg_card_pan":      "CardPAN",
		"pg_3ds":           "ThreeDS",
		"pg_3d_acsurl":     "ThreeDSACSURL",
		"pg_3ds_challenge": "ThreeDSChallenge",
		"pg_":              "",
		"mcc":              "MCC",
		"InvoiceID":        "InvoiceID",
		"extra":            "ExtraData",
		"extra_fee":        "ExtraFee",
		"idn_date":         "IdentificationDate",
		"OrgnlInstrId":     "OriginalInstructionID",
		"OrgnlMsgId":       "OriginalMessageID",
		"tokenCreateOIDC":  "TokenCreateOIDC",
	} {
		if got := goName(in); got != want {
			t.Errorf("goName(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestOneNameInTwoFiles: schemas of two files share one Go package.
func TestOneNameInTwoFiles(t *testing.T) {
	files := base(t)
	edit(t, files, ordersFile, "'#/schemas/OrderState'", "'states.yaml#/schemas/PlaceOrderRequest'")
	files["shop/states.yaml"] = &fstest.MapFile{Data: []byte(
		"schemas:\n  PlaceOrderRequest:\n    type: string\n    description: Another.\n    enum: [a]\n")}
	err := run(io.Discard, files, within(t.TempDir()), false)
	want := "shop/states.yaml:3: go-name: PlaceOrderRequest is also a schema at shop/orders.yaml:50"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestSpecs holds the project's own specs to the rules, and gen/ to the specs.
func TestSpecs(t *testing.T) {
	if err := run(io.Discard, os.DirFS("../spec"), folders{"../gen", "../docs"}, true); err != nil {
		t.Error(err)
	}
}

func TestNoSpecs(t *testing.T) {
	if err := run(io.Discard, fstest.MapFS{}, within(t.TempDir()), false); err == nil {
		t.Error("a folder without specs gives no error")
	}
}

// A limit is said once, in good English.
func TestLengths(t *testing.T) {
	for limits, want := range map[[2]int]string{
		{0, 0}: "About.", {1, 0}: "About. Not empty.", {2, 0}: "About. At least 2 characters.",
		{0, 9}: "About. At most 9 characters.", {1, 9}: "About. Not empty. At most 9 characters.",
		{2, 9}: "About. From 2 to 9 characters.",
		{3, 3}: "About. Exactly 3 characters.", {1, 1}: "About. One character.",
	} {
		if got := fieldDoc(&field{About: "About", MinLength: limits[0], MaxLength: limits[1]}); got != want {
			t.Errorf("%v: %q, want %q", limits, got, want)
		}
	}
}

func TestComment(t *testing.T) {
	got := comment("\t", "One two three four five six seven eight nine ten eleven twelve thirteen fourteen.\n\n  - a list item")
	want := "\t// One two three four five six seven eight nine ten eleven twelve thirteen\n\t// fourteen.\n\t//\n\t//  - a list item"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
