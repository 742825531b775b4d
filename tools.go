//go:build tools

// This file pins the versions of what builds and checks this project.
// Nothing here is compiled into a program that uses the SDK.

package freedompay

import (
	_ "github.com/getkin/kin-openapi/openapi3"
	_ "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen"
	_ "github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	_ "honnef.co/go/tools/cmd/staticcheck"
)
