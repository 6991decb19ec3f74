package verifier

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const npmDir = "testdata/npm"

// requireNPM skips a test when the npm libraries are not installed, and fails it
// where WEBCHATSPECTEST_REQUIRE_NODE=1 says that they have to be.
func requireNPM(t testing.TB) {
	t.Helper()
	_, noNode := exec.LookPath("node")
	_, noModules := os.Stat(filepath.Join(npmDir, "node_modules", "jsonwebtoken"))
	if noNode == nil && noModules == nil {
		return
	}
	const message = "node 20 and the npm libraries are needed: install Node, then run 'npm ci' in mockassistant/verifier/" + npmDir
	if os.Getenv("WEBCHATSPECTEST_REQUIRE_NODE") == "1" {
		t.Fatal(message)
	}
	t.Skip(message)
}

// reference gives requests, one JSON text each, to the npm library and returns
// its answers in the same order.
func reference(t testing.TB, mode string, requests [][]byte) [][]byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "requests.jsonl")
	if err := os.WriteFile(file, bytes.Join(requests, []byte("\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "reference.js", mode, file)
	cmd.Dir = npmDir
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run the npm library: %v", err)
	}
	var answers [][]byte
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		answers = append(answers, bytes.Clone(lines.Bytes()))
	}
	if len(answers) != len(requests) {
		t.Fatalf("the npm library gave %d answers to %d requests", len(answers), len(requests))
	}
	return answers
}

// answer is one line of the reference, or of Lines.
type answer struct {
	ID           int             `json:"id"`
	OK           bool            `json:"ok"`
	ErrorName    string          `json:"errorName"`
	ErrorMessage string          `json:"errorMessage"`
	Payload      json.RawMessage `json:"payload"`
}

func (a answer) String() string {
	if a.OK {
		return "accepted " + shorten(string(a.Payload))
	}
	return a.ErrorName + ": " + a.ErrorMessage
}

func readAnswer(t testing.TB, line []byte) answer {
	t.Helper()
	var a answer
	value, err := ParseJSON(line)
	if err != nil {
		t.Fatalf("not an answer: %s", shorten(string(line)))
	}
	a.ID = int(value.Get("id").Float())
	a.OK = value.Get("ok").Bool()
	a.ErrorName = value.Get("errorName").Text()
	a.ErrorMessage = value.Get("errorMessage").Text()
	a.Payload = json.RawMessage(value.Get("payload").Raw())
	return a
}
