package loadgen

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/webchatspec/webchatspec/internal/input"
)

// rawFile writes each answer in vegeta's own format, for its reports and plots.
// The latency there is from the time at which the request was due.
type rawFile struct {
	file   *os.File
	buffer *bufio.Writer
	encode vegeta.Encoder
	name   string
	url    string
	failed error // the first error of writing
}

func newRawFile(path, name, address string) (*rawFile, error) {
	file, err := input.Create(path, 0o600)
	if err != nil {
		return nil, fmt.Errorf("raw results: %w", err)
	}
	buffer := bufio.NewWriter(file)
	return &rawFile{file: file, buffer: buffer, encode: vegeta.NewEncoder(buffer), name: name, url: address}, nil
}

// observe writes an answer. What the load calls a failure has an error text, so
// that a login page with status 200 is none of vegeta's successes either.
func (r *rawFile) observe(a answer) {
	result := vegeta.Result{
		Attack: r.name, Seq: uint64(a.number), Code: uint16(a.status), Timestamp: a.due, Latency: a.done.Sub(a.due),
		BytesIn: uint64(a.length), Method: http.MethodGet, URL: r.url,
	}
	switch {
	case a.failure != "":
		result.Error = a.failure + ": " + excerpt(a.detail)
		if a.status >= http.StatusOK && a.status < http.StatusBadRequest {
			result.Code = 0
		}
	case a.facts.invalid != "":
		result.Error, result.Code = "token: "+a.facts.invalid, 0
	}
	if err := r.encode(&result); err != nil && r.failed == nil {
		r.failed = err
	}
}

// refute does nothing: the answer is written already.
func (r *rawFile) refute() {}

func (r *rawFile) close() error {
	if err := errors.Join(r.failed, r.buffer.Flush(), r.file.Close()); err != nil {
		return fmt.Errorf("raw results: %w", err)
	}
	return nil
}
