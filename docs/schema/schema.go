// Package schema holds the JSON Schemas that are published: of the configuration and of
// the run file. Its tests derive them from the Go types that are really read and
// written, so that they cannot drift apart; 'make docs' writes them anew.
package schema

import _ "embed"

// Configuration is the schema of webchatspec.yaml.
//
//go:embed configuration.json
var Configuration []byte

// Run is the schema of the run file.
//
//go:embed run.json
var Run []byte
