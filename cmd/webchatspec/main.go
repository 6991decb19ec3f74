// Command webchatspec checks a web site's use of web chat identity tokens.
package main

import (
	"context"
	"os"

	"github.com/webchatspec/webchatspec/internal/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
