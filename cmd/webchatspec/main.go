// Command webchatspec checks a web site's use of web chat identity tokens.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"github.com/webchatspec/webchatspec/internal/cli"
)

// softLimit is the memory, in bytes, from which its reuse is sought harder: most of
// what a hostile site has us take in is needed for a moment only.
const softLimit = 100 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softLimit)
	}
	os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
