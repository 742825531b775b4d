package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/wire"
)

// A call is one span, below that of who makes it: with its attempts, its status
// and its error, and known to the other side.
func TestSpans(t *testing.T) {
	for _, test := range []struct {
		name     string
		statuses []int
		resent   int64
		code     codes.Code
	}{
		{"well", []int{200}, 0, codes.Unset},
		{"well at last", []int{503, 429, 200}, 2, codes.Unset},
		{"refused", []int{422}, 0, codes.Error},
	} {
		t.Run(test.name, func(t *testing.T) {
			kept := tracetest.NewInMemoryExporter()
			provider := sdk.NewTracerProvider(sdk.WithSyncer(kept))
			tracer := provider.Tracer("test")
			ctx, parent := tracer.Start(t.Context(), "order")

			var n atomic.Int64
			var traceparents atomic.Value
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				traceparents.Store(r.Header.Get("Traceparent"))
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(test.statuses[n.Add(1)-1])
				_, _ = io.WriteString(w, `{"status":"new"}`)
			}))
			defer server.Close()
			atOnce := middleware.WithClock(time.Now, func(context.Context, time.Duration) error { return nil })
			client, err := partner.New(wire.Environment(server.URL), wire.NewCredentials("123456", "secret"), spans(tracer), traceparent(), atOnce)
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.InvoicesInfo(ctx, &partner.InvoicesInfoRequest{InvoiceID: "1"})
			parent.End()
			if (err != nil) != (test.code == codes.Error) {
				t.Fatal(err)
			}
			got := kept.GetSpans()
			if len(got) != 2 || got[1].Name != "order" {
				t.Fatalf("%d spans", len(got))
			}
			span := got[0]
			if span.Name != "partner.invoicesInfo" || span.SpanKind != trace.SpanKindClient || span.Status.Code != test.code {
				t.Errorf("span %s of kind %v with status %v", span.Name, span.SpanKind, span.Status)
			}
			if span.Parent.SpanID() != parent.SpanContext().SpanID() {
				t.Error("the span is not below that of the order")
			}
			if err != nil && span.Status.Description != err.Error() {
				t.Errorf("description %q", span.Status.Description)
			}
			want := map[attribute.Key]attribute.Value{
				"http.request.method":       attribute.StringValue("POST"),
				"url.template":              attribute.StringValue("/v5/partner/invoices/info"),
				"http.response.status_code": attribute.IntValue(test.statuses[len(test.statuses)-1]),
				"http.request.resend_count": attribute.Int64Value(test.resent),
			}
			if len(span.Attributes) != len(want) {
				t.Errorf("attributes %v", span.Attributes)
			}
			for _, a := range span.Attributes {
				if want[a.Key] != a.Value {
					t.Errorf("%s is %v", a.Key, a.Value.String())
				}
			}
			if len(span.Events) != len(test.statuses) {
				t.Fatalf("%d events for %d attempts", len(span.Events), len(test.statuses))
			}
			for i, e := range span.Events {
				if e.Name != "attempt" || e.Attributes[0].Value.AsInt64() != int64(test.statuses[i]) {
					t.Errorf("event %s %v", e.Name, e.Attributes)
				}
			}
			if header, _ := traceparents.Load().(string); !strings.Contains(header, span.SpanContext.SpanID().String()) {
				t.Errorf("the other side was told %q", header)
			}
		})
	}
}
