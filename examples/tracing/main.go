// Command tracing makes a call with a span of OpenTelemetry around it and prints
// the span. It is a module of its own, so that nobody else downloads OpenTelemetry.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

// spans gives every call a span of tracer, with an event for each attempt.
func spans(tracer trace.Tracer) middleware.Option {
	return middleware.WithTrace(middleware.Trace{
		Start: func(ctx context.Context, op wire.Operation) context.Context {
			ctx, _ = tracer.Start(ctx, op.ID, trace.WithSpanKind(trace.SpanKindClient),
				trace.WithAttributes(attribute.String("http.request.method", op.Method), attribute.String("url.template", op.Path)))
			return ctx
		},
		Attempt: func(ctx context.Context, a middleware.Attempt) {
			trace.SpanFromContext(ctx).AddEvent("attempt", trace.WithAttributes(attribute.Int("http.response.status_code", a.Status)))
		},
		End: func(ctx context.Context, meta wire.Meta, err error) {
			span := trace.SpanFromContext(ctx)
			span.SetAttributes(attribute.Int("http.response.status_code", meta.Status), attribute.Int("http.request.resend_count", max(meta.Attempts-1, 0)))
			if err != nil {
				span.SetStatus(codes.Error, err.Error())
			}
			span.End()
		},
	})
}

// traceparent lets the other side go on with the span.
func traceparent() middleware.Option {
	return middleware.WithEditor(func(ctx context.Context, req *http.Request) error {
		propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(req.Header))
		return nil
	})
}

func main() {
	credentials := wire.NewCredentials("123456", "secret")
	handler, err := sandbox.New(sandbox.Options{Credentials: credentials})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()

	kept := tracetest.NewInMemoryExporter() // yours would send them away
	provider := sdk.NewTracerProvider(sdk.WithSyncer(kept))
	client, err := partner.New(wire.Environment(server.URL), credentials, spans(provider.Tracer("shop")), traceparent())
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.InvoicesInfo(context.Background(), &partner.InvoicesInfoRequest{InvoiceID: sandbox.ExampleInvoice}); err != nil {
		log.Fatal(err)
	}
	for _, span := range kept.GetSpans() {
		fmt.Println(span.Name, span.Status.Code, span.Attributes)
	}
}
