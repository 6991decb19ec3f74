package cli

import (
	"context"
	"errors"
	"io"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/webchatspec/webchatspec/secrets"
)

// confidant writes what a command prints without what it was told in confidence.
// A command prints in whole lines, so that no secret comes in two pieces.
type confidant struct {
	to   io.Writer
	told *secrets.Known
}

func (c *confidant) Write(text []byte) (int, error) {
	_, err := io.WriteString(c.to, c.told.MaskValues(string(text)))
	switch {
	case errors.Is(err, syscall.EPIPE):
		return 0, errReaderLeft
	case err != nil:
		return 0, err
	}
	return len(text), nil
}

// errReaderLeft is the error of printing when whoever read that has seen enough,
// as head has after some lines. It is no failure of what the command did.
var errReaderLeft = errors.New("whoever reads the output has left")

type toldKey struct{}

// confiding returns a context in which commands can keep something to themselves
// by [confide].
func confiding(ctx context.Context, told *secrets.Known) context.Context {
	return context.WithValue(ctx, toldKey{}, told)
}

// confide makes the secrets known that nothing which the command prints may hold.
func confide(cmd *cobra.Command, known *secrets.Known) {
	if told, ok := cmd.Context().Value(toldKey{}).(*secrets.Known); ok {
		told.AddAll(known)
	}
}
