package codec

import (
	"errors"
	"maps"
	"mime"
	"mime/multipart"
	"strings"
	"testing"
)

func TestParseMediaType(t *testing.T) {
	for _, field := range []string{
		"application/json", "Application/JSON; Charset=UTF-8", "multipart/form-data; boundary=b;", `form-data; name="a;b\";c;d;e;f;g;h;i;j;k"`,
		"a/b;1=1;2=2;3=3;4=4;5=5;6=6;7=7;8=8", "form-data; name*=utf-8''%61", "", "a/b; c", `a/b; c="`, `a"/b`,
	} {
		media, params, err := ParseMediaType(field)
		wantMedia, wantParams, wantErr := mime.ParseMediaType(field)
		if media != wantMedia || !maps.Equal(params, wantParams) || (err == nil) != (wantErr == nil) {
			t.Errorf("%q: got %q %v %v, want %q %v %v", field, media, params, err, wantMedia, wantParams, wantErr)
		}
	}
}

// A stranger's field costs no more than reading it, however many parameters it has.
func TestParseMediaTypeOfTooManyParameters(t *testing.T) {
	for name, field := range map[string]string{
		"nine":                 "a/b;1=1;2=2;3=3;4=4;5=5;6=6;7=7;8=8;9=9",
		"a thousand":           "a/b" + strings.Repeat(";a*0=b", 1000),
		"nine behind a text":   `a/b;1="\"";2=2;3=3;4=4;5=5;6=6;7=7;8=8;9=9`,
		"nine behind an error": `a/b;x;2=2;3=3;4=4;5=5;6=6;7=7;8=8;9=9`,
	} {
		if _, _, err := ParseMediaType(field); !errors.Is(err, errParameters) {
			t.Errorf("%s: %v", name, err)
		}
		if n := testing.AllocsPerRun(10, func() { _, _, _ = ParseMediaType(field) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestReadMultipartOfTooManyParameters(t *testing.T) {
	read := func(disposition string) ([]Pair, error) {
		body := "--b\r\nContent-Disposition: form-data; name=a" + disposition + "\r\n\r\nv\r\n--b--\r\n"
		return ReadMultipart(multipart.NewReader(strings.NewReader(body), "b"), Limits{})
	}
	if pairs, err := read(`;x=";;;;;;;;;;"`); err != nil || len(pairs) != 1 || pairs[0] != (Pair{"a", "v"}) {
		t.Errorf("got %v, %v", pairs, err)
	}
	if pairs, err := read(";1=1;2=2;3=3;4=4;5=5;6=6;7=7;8=8"); err == nil {
		t.Errorf("too many: got %v", pairs)
	}
}
