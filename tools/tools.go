//go:build tools

// Package tools pins the versions of what checks this project and is too large to
// stand in its own go.mod. Nothing here is compiled into a program that uses the
// SDK.
package tools

import _ "golang.org/x/vuln/cmd/govulncheck"
