package loadgen

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/webchatspec/webchatspec/record"
)

// plan is a fingerprint of the settings that the shards of one run have in
// common, the endpoint among them.
func (c Config) plan(endpoint string) string {
	text, _ := json.Marshal(struct { // durations, numbers and texts: it cannot fail
		Config
		Endpoint string
		// These may differ.
		Shard, Default, AllowHosts, StartAt, RawFile, Metrics struct{}
	}{Config: c, Endpoint: endpoint})
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:8])
}

// hashes are the users' subs, hashed and sorted.
func (o *isolation) hashes() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	hashes := make([]string, 0, len(o.owners))
	for sub := range o.owners {
		sum := sha256.Sum256([]byte(sub))
		hashes = append(hashes, hex.EncodeToString(sum[:12]))
	}
	slices.Sort(hashes)
	return hashes
}

// Merge joins the shards of one run into one load, as a [Merger] does.
func Merge(shards []record.Load) (record.Load, error) {
	m := NewMerger()
	for _, shard := range shards {
		if err := m.Add(shard); err != nil {
			return record.Load{}, err
		}
	}
	return m.Load()
}

// Merger joins the shards of one run, which it takes one after the other: many of them
// together may be too much to hold.
type Merger struct {
	shards   []record.Load // without what the others have
	times    distributions
	timeline *timeline
	subs     int
}

// NewMerger returns a merger that has no shard yet.
func NewMerger() *Merger { return &Merger{times: newDistributions(), timeline: newTimeline()} }

// Add takes a shard. The error says what is wrong with it.
func (m *Merger) Add(shard record.Load) error {
	if shard.Shard == nil {
		return fmt.Errorf("merge loads: %q is not a shard: it was run as a whole", shard.Name)
	}
	if m.subs += len(shard.Tokens.Subs); m.subs > mostSubs {
		return fmt.Errorf("merge loads: up to %s they name more than %d users", nameOf(shard), mostSubs)
	}
	if err := errors.Join(mergeText(m.times.latency, shard.Histogram), mergeText(m.times.service, shard.ServiceHistogram),
		mergeText(m.times.lateness, shard.LatenessHistogram), m.timeline.merge(shard)); err != nil {
		return fmt.Errorf("merge loads: %s: %w", nameOf(shard), err)
	}
	shard.Series, shard.Histogram, shard.ServiceHistogram, shard.LatenessHistogram = nil, "", "", ""
	m.shards = append(m.shards, shard)
	return nil
}

// Load returns what the shards are together, to be judged as if one generator had sent
// all of it. It looks for users of two shards who share a sub. The error says which
// shard is missing, twice there, or of another run.
func (m *Merger) Load() (record.Load, error) {
	shards := slices.Clone(m.shards)
	slices.SortFunc(shards, func(a, b record.Load) int { return cmp.Compare(index(a), index(b)) })
	if err := checkShards(shards); err != nil {
		return record.Load{}, fmt.Errorf("merge loads: %w", err)
	}
	all := shards[0]
	all.Shard, all.Failures, all.Step = nil, map[string]int64{}, 0
	all.Requested, all.Achieved, all.Requests, all.Unsent, all.Outstanding, all.Users = 0, 0, 0, 0, 0, 0
	all.Repeats, all.Aborted = 0, ""
	all.Tokens = record.LoadTokens{AllowedAge: all.Tokens.AllowedAge}
	all.Generator = record.Generator{}
	latest := all.StartedAt
	for _, shard := range shards {
		addCounts(&all, shard)
		if shard.StartedAt.After(latest) {
			latest = shard.StartedAt
		}
	}
	addSharedSubs(&all.Tokens, shards)
	if all.Series = m.timeline.list(false); m.timeline.step > 1 {
		all.Step = m.timeline.step
	}
	m.times.fill(&all)
	all.Apart = round(latest.Sub(all.StartedAt).Seconds())
	return all, nil
}

// mostSubs bounds what run files may claim: two for each user that there may be.
const mostSubs = 2 * mostUsers

func index(l record.Load) int {
	if l.Shard == nil {
		return -1
	}
	return l.Shard.Index
}

// checkShards makes sure that the sorted shards are the whole of one run.
func checkShards(shards []record.Load) error {
	if len(shards) == 0 {
		return errors.New("there is none")
	}
	first := shards[0].Shard
	there := map[int]bool{}
	for _, shard := range shards {
		switch {
		case shard.Shard.Plan != first.Plan || shard.Shard.Count != first.Count:
			return fmt.Errorf("%s was run with other settings than %s", nameOf(shard), nameOf(shards[0]))
		case there[index(shard)]:
			return fmt.Errorf("%s is there twice", nameOf(shard))
		case index(shard) < 0 || index(shard) >= first.Count:
			return fmt.Errorf("there is no %s", nameOf(shard))
		}
		there[index(shard)] = true
	}
	var missing []string
	for i := range min(first.Count, mostShards) {
		if !there[i] {
			missing = append(missing, strconv.Itoa(i+1))
		}
	}
	switch {
	case first.Count > mostShards:
		return fmt.Errorf("%d shards, more than %d", first.Count, mostShards)
	case len(missing) == 1:
		return fmt.Errorf("shard %s of %d is missing", missing[0], first.Count)
	case len(missing) > 1:
		return fmt.Errorf("the shards %s of %d are missing", strings.Join(missing, ", "), first.Count)
	}
	return nil
}

// mostShards bounds what a run file may claim.
const mostShards = 10_000

// nameOf names a shard as users count, from 1.
func nameOf(shard record.Load) string {
	return fmt.Sprintf("shard %d of %d", index(shard)+1, shard.Shard.Count)
}

// addCounts adds what can be counted.
func addCounts(all *record.Load, shard record.Load) {
	all.Requested, all.Achieved = round(all.Requested+shard.Requested), round(all.Achieved+shard.Achieved)
	all.Requests += shard.Requests
	all.Unsent += shard.Unsent
	all.Outstanding += shard.Outstanding
	all.Users += shard.Users
	all.Seconds = max(all.Seconds, shard.Seconds)
	all.Default = all.Default && shard.Default
	all.Interrupted = all.Interrupted || shard.Interrupted
	all.Aborted = cmp.Or(all.Aborted, shard.Aborted)
	all.Repeats += shard.Repeats
	if shard.StartedAt.Before(all.StartedAt) {
		all.StartedAt = shard.StartedAt
	}
	addTo(&all.Failures, shard.Failures)

	all.Generator.CPUSeconds = round(all.Generator.CPUSeconds + shard.Generator.CPUSeconds)
	all.Generator.Cores += shard.Generator.Cores
	all.Generator.MaxOpen += shard.Generator.MaxOpen
	all.Generator.Limit += shard.Generator.Limit

	tokens := &all.Tokens
	tokens.Verified += shard.Tokens.Verified
	tokens.Invalid += shard.Tokens.Invalid
	tokens.Shared += shard.Tokens.Shared
	tokens.Changed += shard.Tokens.Changed
	tokens.Stale += shard.Tokens.Stale
	tokens.Cached += shard.Tokens.Cached
	tokens.Unjudged = tokens.Unjudged || shard.Tokens.Unjudged
	tokens.Examples = append(tokens.Examples, shard.Tokens.Examples...)
	addTo(&tokens.Reasons, shard.Tokens.Reasons)
	addTo(&tokens.Broken, shard.Tokens.Broken)
	addTo(&tokens.Advised, shard.Tokens.Advised)
}

func addTo(sum *map[string]int64, counts map[string]int64) {
	for name, n := range counts {
		if *sum == nil {
			*sum = map[string]int64{}
		}
		(*sum)[name] += n
	}
}

// addSharedSubs counts the subs that users of more than one shard have.
func addSharedSubs(tokens *record.LoadTokens, shards []record.Load) {
	seen := map[string]int{}
	for _, shard := range shards {
		for _, sub := range shard.Tokens.Subs {
			if other, known := seen[sub]; known {
				tokens.Shared++
				tokens.Examples = append(tokens.Examples, record.LoadExample{
					Kind: record.ExampleShared, Text: fmt.Sprintf("users of shards %d and %d have the same sub", other+1, index(shard)+1),
				})
			}
			seen[sub] = index(shard)
		}
	}
	tokens.Examples = fewOfEachKind(tokens.Examples)
}

// fewOfEachKind keeps the first examples of each kind.
func fewOfEachKind(examples []record.LoadExample) []record.LoadExample {
	slices.SortStableFunc(examples, func(a, b record.LoadExample) int { return strings.Compare(a.Kind, b.Kind) })
	kept := map[string]int{}
	return slices.DeleteFunc(examples, func(example record.LoadExample) bool {
		kept[example.Kind]++
		return kept[example.Kind] > mostExamples
	})
}

// mergeText adds the histogram in text, of a file that may hold anything: only
// those with the geometry of into are opened.
func mergeText(into *hdrhistogram.Histogram, text string) error {
	digits, lowest, highest, err := geometry(text)
	if err != nil {
		return fmt.Errorf("its histogram cannot be read: %w", err)
	}
	if digits != into.SignificantFigures() || lowest != into.LowestTrackableValue() || highest != into.HighestTrackableValue() {
		return fmt.Errorf("its histogram has values from %d to %d with %d digits, which no shard has", lowest, highest, digits)
	}
	histogram, err := hdrhistogram.Decode([]byte(text))
	if err != nil {
		return fmt.Errorf("its histogram cannot be read: %w", err)
	}
	if dropped := into.Merge(histogram); dropped > 0 {
		return fmt.Errorf("its histogram has %d values out of range", dropped)
	}
	return nil
}

// geometry reads the range and precision of a histogram in the compressed V2
// format: base64 of a cookie and a length, and a zlib stream that begins with
// the header.
func geometry(text string) (digits, lowest, highest int64, err error) {
	const most = 1 << 20 // ours have a few kilobytes
	if len(text) > most {
		return 0, 0, 0, fmt.Errorf("it has %d bytes, more than %d", len(text), most)
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return 0, 0, 0, err
	}
	var outer struct{ Cookie, Length int32 }
	reader := bytes.NewReader(data)
	if err := binary.Read(reader, binary.BigEndian, &outer); err != nil {
		return 0, 0, 0, err
	}
	inflated, err := zlib.NewReader(reader)
	if err != nil {
		return 0, 0, 0, err
	}
	defer inflated.Close()
	var header struct {
		Cookie, Length, Offset, Digits int32
		Lowest, Highest                int64
		Ratio                          float64
	}
	if err := binary.Read(inflated, binary.BigEndian, &header); err != nil {
		return 0, 0, 0, err
	}
	return int64(header.Digits), header.Lowest, header.Highest, nil
}
