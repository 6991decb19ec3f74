package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

const (
	maxRequestLine = 16 << 20 // bytes of one request, as documented
	batchSize      = 64 << 10 // bytes that are handed to a core at once
	endlessLine    = 1 << 30  // bytes of a line that is none: a device, say
)

// batch is a run of lines, the first of which has the number first.
type batch struct {
	first int
	lines [][]byte
}

// tooLong stands for a line beyond maxRequestLine.
var tooLong = []byte("too long")

// verifyLines answers the requests in r, on all cores.
func verifyLines(ctx context.Context, r io.Reader, w io.Writer) error {
	var (
		verify  verifier.Lines
		writing sync.Mutex
	)
	batches := make(chan batch)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer panics.Tell()
		defer close(batches)
		return readBatches(ctx, r, batches)
	})
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			defer panics.Tell()
			var out []byte
			for b := range batches {
				out = answerBatch(&verify, out[:0], b)
				writing.Lock()
				_, err := w.Write(out)
				writing.Unlock()
				if err != nil {
					return fmt.Errorf("write the answers: %w", err)
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func answerBatch(verify *verifier.Lines, out []byte, b batch) []byte {
	for i, line := range b.lines {
		number := b.first + i
		if &line[0] == &tooLong[0] {
			out = verifier.AppendFailure(out, "null", verifier.InputError, fmt.Sprintf("line %d is longer than %d MiB", number, maxRequestLine>>20))
		} else {
			out = verify.Answer(out, number, line)
		}
		out = append(out, '\n')
	}
	return out
}

// readBatches cuts r into batches of lines. A batch also ends where the input
// has nothing more at the moment, so that a caller who waits for an answer gets it.
func readBatches(ctx context.Context, r io.Reader, batches chan<- batch) error {
	reader := bufio.NewReaderSize(r, batchSize)
	next, size := batch{first: 1}, 0
	for {
		line, err := readLine(reader)
		if len(line) > 0 {
			next.lines, size = append(next.lines, line), size+len(line)
		}
		if size > 0 && (size >= batchSize || err != nil || reader.Buffered() == 0) {
			select {
			case batches <- next:
			case <-ctx.Done():
				return ctx.Err()
			}
			next, size = batch{first: next.first + len(next.lines)}, 0
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return usageErrorf("read the requests: %w", err)
		}
	}
}

// errEndlessLine ends the reading of what is no list of requests.
var errEndlessLine = fmt.Errorf("a line does not end, after %d MiB", endlessLine>>20)

// readLine returns the next line with its line break, or what there is before
// the end of the input; tooLong where it is beyond the limit.
func readLine(reader *bufio.Reader) (line []byte, err error) {
	for length := 0; ; {
		part, err := reader.ReadSlice('\n')
		if length += len(part); length > endlessLine {
			return nil, errEndlessLine
		}
		if len(line)+len(part) > maxRequestLine {
			line = tooLong
		} else if len(line) == 0 || &line[0] != &tooLong[0] {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
