// Command webchatspec checks a web site's use of web chat identity tokens.
package main

import (
	"os"

	"github.com/webchatspec/webchatspec/internal/cli"
)

func main() { os.Exit(cli.Main()) }
