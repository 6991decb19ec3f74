package verifier

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
)

// The flags of the full run: go test -run Differential -v . -args -tokens=8000 -keys=300 -seed=7
var (
	seedFlag   = flag.Uint64("seed", 1, "seed of the differential corpus")
	tokensFlag = flag.Int("tokens", 1500, "tokens in the differential corpus")
	keysFlag   = flag.Int("keys", 150, "key texts in the differential corpus")
)

// TestDifferentialTokens compares the verdicts on odd tokens under a right kind
// of key with those of the npm library. None may differ.
func TestDifferentialTokens(t *testing.T) {
	requireNPM(t)
	if testing.Short() {
		t.Skip("the library needs no race detector")
	}
	g := newGenerator(*seedFlag)
	if differ := compare(t, g.tokenRequests(*tokensFlag)); differ > 0 {
		t.Errorf("%d verdicts differ from the npm library's (seed %d)", differ, *seedFlag)
	}
}

// compare prints a table of the classes and returns the number of differences.
func compare(t *testing.T, requests []request) int {
	t.Helper()
	lines := make([][]byte, len(requests))
	for i, r := range requests {
		lines[i] = r.line(i)
	}
	wanted := reference(t, "verify", lines)
	type row struct{ count, accepted, differ int }
	table := map[string]*row{}
	var verify Lines
	total := row{}
	for i, r := range requests {
		want, got := readAnswer(t, wanted[i]), readAnswer(t, verify.Answer(nil, i+1, lines[i]))
		entry := table[r.class]
		if entry == nil {
			entry = &row{}
			table[r.class] = entry
		}
		for _, row := range []*row{entry, &total} {
			row.count++
			if want.OK {
				row.accepted++
			}
		}
		if difference := want.difference(got); difference != "" {
			entry.differ++
			if total.differ++; total.differ <= 40 {
				t.Logf("%s (%s)\n  library: %v\n  here:    %v\n  request: %s", r.class, difference, want, got, cut(string(lines[i]), 3000))
			}
		}
	}
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "class\trequests\taccepted\tdiffer")
	classes := make([]string, 0, len(table))
	for class := range table {
		classes = append(classes, class)
	}
	slices.Sort(classes)
	for _, class := range classes {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", class, table[class].count, table[class].accepted, table[class].differ)
	}
	fmt.Fprintf(w, "%d classes\t%d\t%d\t%d\n", len(classes), total.count, total.accepted, total.differ)
	w.Flush()
	t.Logf("\n%s", out.String())
	return total.differ
}

// difference names what differs from another answer. Of errors that the
// JavaScript engine words, only the name is compared.
func (a answer) difference(other answer) string {
	switch {
	case a.OK != other.OK:
		return "verdict"
	case a.ErrorName != other.ErrorName:
		return "error name"
	case a.ErrorName != "SyntaxError" && a.ErrorName != "TypeError" && a.ErrorMessage != other.ErrorMessage:
		return "error message"
	case !bytes.Equal(a.Payload, other.Payload):
		return "payload"
	}
	return ""
}

func cut(text string, size int) string { return text[:min(len(text), size)] }

// tokenRequests makes count requests: each class in turn, every fourth request
// with several faults at once, under keys that RS256 can be used with.
func (g *generator) tokenRequests(count int) []request {
	keys := []json.RawMessage{
		jsonString(pemText("PUBLIC KEY", g.key.spki())),
		jsonString(pemText("PUBLIC KEY", g.key.spki())),
		jsonString(pemText("RSA PUBLIC KEY", g.key.pkcs1())),
		jsonString(pemText(privateLabel("RSA "), g.key.pkcs1Private())),
	}
	faults := tokenFaults()
	slices.SortFunc(faults, func(a, b tokenFault) int { return strings.Compare(a.class, b.class) })
	requests := make([]request, 0, count)
	for i := range count {
		d := g.draft()
		fault := faults[i%len(faults)]
		class := fault.class
		fault.apply(g, d)
		if i%4 == 3 {
			class = "several faults"
			for range 1 + g.IntN(3) {
				one(g, faults...).apply(g, d)
			}
		}
		r := request{class: class, token: jsonString(d.token()), key: one(g, keys...), now: d.now}
		if i%23 == 0 {
			r.class, r.token = "not a string", json.RawMessage(one(g, "null", "true", "false", "0", "-0", "1", "0.0", "1e-400", "[]", "{}", `""`, `[""]`, `{"a":1}`, "1e400", "-1", `" "`))
		}
		if i%97 == 0 {
			r.class, r.token = "absent", nil
		}
		requests = append(requests, r)
	}
	return requests
}

func jsonString(text string) json.RawMessage { return appendString(nil, decodeUTF8([]byte(text))) }

// TestDifferentialKeys compares what becomes of odd key texts. At most one in a
// hundred may differ; docs/verifier.md lists the reasons.
func TestDifferentialKeys(t *testing.T) {
	requireNPM(t)
	if testing.Short() {
		t.Skip("the library needs no race detector")
	}
	requests := newGenerator(*seedFlag + 1).keyRequests(*keysFlag)
	if differ := compare(t, requests); differ*100 > len(requests) {
		t.Errorf("%d of %d key texts are read otherwise than by the npm library (seed %d)", differ, len(requests), *seedFlag)
	}
}
