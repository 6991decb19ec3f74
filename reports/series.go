package reports

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"

	"github.com/webchatspec/webchatspec/record"
)

// seriesColumns are the columns of [CSV] and the members of [NDJSON], in order.
var seriesColumns = []string{"kind", "name", "second", "rate", "requests", "failures", "wrong", "p50", "p99", "max"}

// seriesRow is a row of figures: a second of a load, a rate of a search, or a
// round of a comparison. Times are in seconds, rates per second.
type seriesRow struct {
	Kind     string  `json:"kind"` // "load", "capacity" or "comparison"
	Name     string  `json:"name"`
	Second   int     `json:"second"` // of a load, from 0; the number of a round or of a rate
	Rate     float64 `json:"rate"`
	Requests int64   `json:"requests"`
	Failures int64   `json:"failures"`
	Wrong    int64   `json:"wrong"` // tokens that were not accepted, not fresh, or another user's
	P50      float64 `json:"p50"`
	P99      float64 `json:"p99"`
	Max      float64 `json:"max"`
}

// seriesOf returns the rows of all loads, of the search and of the comparison.
func seriesOf(run record.Run) []seriesRow {
	var rows []seriesRow
	for _, load := range run.Load {
		for _, s := range load.Series {
			rows = append(rows, seriesRow{
				Kind: "load", Name: line(load.Name, nameLimit), Second: s.Second, Rate: float64(s.Requests) / float64(load.RowSeconds()),
				Requests: s.Requests, Failures: s.Failures, Wrong: s.Wrong, P50: s.P50, P99: s.P99, Max: s.Max,
			})
		}
	}
	if run.Capacity != nil {
		for i, p := range run.Capacity.Points {
			rows = append(rows, seriesRow{Kind: "capacity", Name: line(p.Verdict, nameLimit), Second: i, Rate: p.Rate, P99: p.Latency})
		}
	}
	if run.Comparison != nil {
		for _, e := range run.Comparison.Entries {
			for i, rate := range e.Rates {
				rows = append(rows, seriesRow{Kind: "comparison", Name: line(e.Name, nameLimit), Second: i, Rate: rate, P50: e.Latency.P50, P99: e.Latency.P99, Max: e.Latency.Max})
			}
		}
	}
	return rows
}

// CSV writes the figures of the loads as comma-separated values, for a
// spreadsheet or another program. A text never begins with what a spreadsheet
// takes for a formula.
func CSV(w io.Writer, run record.Run) error {
	out := csv.NewWriter(w)
	if err := out.Write(seriesColumns); err != nil {
		return err
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for _, r := range seriesOf(run) {
		name := r.Name
		if name != "" && (name[0] == '=' || name[0] == '+' || name[0] == '-' || name[0] == '@') {
			name = "'" + name
		}
		row := []string{r.Kind, name, strconv.Itoa(r.Second), number(r.Rate), strconv.FormatInt(r.Requests, 10),
			strconv.FormatInt(r.Failures, 10), strconv.FormatInt(r.Wrong, 10), number(r.P50), number(r.P99), number(r.Max)}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// NDJSON writes the same figures as [CSV], a JSON object a line.
func NDJSON(w io.Writer, run record.Run) error {
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	for _, row := range seriesOf(run) {
		if err := encoder.Encode(row); err != nil {
			return err
		}
	}
	return out.Flush()
}
