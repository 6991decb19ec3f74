package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/record"
)

// peak runs a command line in a process of its own and returns the most memory
// that it has had, in MiB, and what it printed.
func peak(t *testing.T, args ...string) (mebibytes int, output string) {
	t.Helper()
	return peakOf(t, nil, args...)
}

// peakOf is peak with standard input.
func peakOf(t *testing.T, in io.Reader, args ...string) (mebibytes int, output string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "webchatspec-measured", args...)
	command.Stdin = in
	text, _ := command.CombinedOutput() // the exit code is that of the verdict
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("webchatspec %s tells no peak: %s", strings.Join(args, " "), text)
	}
	kibibytes, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kibibytes >> 10, string(text)
}

// A page has the browser tell of texts that would fill the memory of whoever
// reads all of them: in the console and in exceptions, in each kind of storage, and in
// what it sends.
func TestAPageDoesNotFillTheMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a browser")
	}
	var posted atomic.Int64
	var flooded sync.Map // by the path that the page asks for after it
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, floodingPage)
			return
		}
		size, _ := io.Copy(io.Discard, r.Body)
		posted.Add(size)
		flooded.Store(r.URL.Path, true)
	}))
	defer site.Close()
	folder := t.TempDir()
	key := filepath.Join(folder, "key.pub")
	if err := os.WriteFile(key, []byte(keys.PublicPEM(&keys.For("memory").PublicKey)), 0o600); err != nil {
		t.Fatal(err)
	}
	mebibytes, output := peak(t, "page", "--page", site.URL, "--public-key", key, "--page-timeout", "15s", "--max-wait", "0s", "--out", folder)
	t.Logf("%d MiB, %d MiB posted", mebibytes, posted.Load()>>20)
	if mebibytes > 65 || !strings.Contains(output, "FAILED") { // it is 80 and more when all is taken in: softLimit
		t.Errorf("%d MiB\n%s", mebibytes, output)
	}
	for _, path := range []string{"/fetch", "/xhr", "/storage", "/cookies", "/database"} {
		if _, done := flooded.Load(path); !done {
			t.Errorf("the page has not come to %s", path)
		}
	}
	if posted.Load() < 2*60e6 {
		t.Errorf("the page posted %d bytes only", posted.Load())
	}
}

// floodingPage asks for a path after each of its floods but the last.
const floodingPage = `<!doctype html><script>
	fetch("/fetch", {method: "POST", body: "p".repeat(60e6)});
	const request = new XMLHttpRequest();
	request.open("POST", "/xhr");
	request.send("q".repeat(6e6));

	for (let i = 0; i < 6; i++) localStorage.flood = sessionStorage.flood = i + "s".repeat(4e6);
	fetch("/storage");
	for (let i = 0; i < 170; i++) document.cookie = "c" + i + "=" + "k".repeat(4000);
	fetch("/cookies");

	const opening = indexedDB.open("flood");
	opening.onupgradeneeded = () => opening.result.createObjectStore("flood");
	opening.onsuccess = () => {
		const writing = opening.result.transaction("flood", "readwrite");
		for (let i = 0; i < 4; i++) writing.objectStore("flood").put(i + "d".repeat(5e6), i);
		writing.oncomplete = () => { fetch("/database"); write(); };
	};

	function write() {
		for (let i = 0; i < 10; i++) console.log(i + "x".repeat(5e6), {a: "y".repeat(5e6)});
		for (let i = 0; i < 10; i++) setTimeout(() => { throw new Error(i + "x".repeat(5e6)) });
		console.log(...Array(50_000).fill("wide"));
	}
</script>`

// A run file may be anything: what no run has made is refused, and the rest fits
// several times into the memory.
func TestARunFileDoesNotFillTheMemory(t *testing.T) {
	folder := t.TempDir()
	claims := func(tokens int, payload string) string {
		token, err := json.Marshal(map[string]any{"payload": map[string]any{"kind": "object", "json": payload}})
		if err != nil {
			t.Fatal(err)
		}
		return `"evidence":{"tokens":[` + strings.Repeat(string(token)+",", tokens) + `{}]}`
	}
	for name, text := range map[string]string{
		"one long text":    `"target":{"endpoint":"http://127.0.0.1/` + strings.Repeat("a", 22<<20) + `"}`,
		"long findings":    `"outcomes":[{"id":"exp-present","state":"failed","findings":[{"expected":"` + strings.Repeat("a<", 11<<20) + `"}]}]`,
		"claims":           claims(180, `{"a":"`+strings.Repeat("ab.c_", 24_000)+`"}`),
		"nested claims":    claims(180, strings.Repeat(`{"k":`, 9000)+"1"+strings.Repeat("}", 9000)),
		"more than it has": claims(150, `[`+strings.Repeat("{},", 40_000)+`1]`),
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(folder, "run.json")
			if err := os.WriteFile(file, []byte(`{"schemaVersion":1,`+text+"}"), 0o600); err != nil {
				t.Fatal(err)
			}
			command := "judge"
			if name == "long findings" { // judging makes them anew
				command = "report"
			}
			isSmall(t, command, file, "--out", folder, "--quiet")
		})
	}
}

// What a user may name, by mistake or not, and that has no end.
func TestHostileFilesDoNotFillTheMemory(t *testing.T) {
	folder := t.TempDir()
	many := filepath.Join(folder, "many.json")
	if err := os.WriteFile(many, manyTokens(), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(folder, "out")
	isSmall(t, "judge", many, "--out", out)
	isSmall(t, "report", many, "--out", out)
	isSmall(t, "merge", many, many, "--out", out)
	isSmall(t, "report", "/dev/zero", "--out", out)
	isSmall(t, "key", "inspect", "/dev/zero")
	isSmall(t, "check", "http://127.0.0.1:1/", "--public-key", "/dev/zero", "--out", out)
	isSmall(t, "check", "--config", "/dev/zero", "--out", out)
}

// isSmall runs a command line and fails when that took more memory than any file may cost.
func isSmall(t *testing.T, args ...string) {
	t.Helper()
	isSmallOf(t, nil, args...)
}

// isSmallOf is isSmall with standard input.
func isSmallOf(t *testing.T, in io.Reader, args ...string) {
	t.Helper()
	mebibytes, output := peakOf(t, in, args...)
	t.Logf("%s: %d MiB", strings.Join(args, " "), mebibytes)
	if mebibytes > 150 {
		t.Errorf("%s: %d MiB\n%.2000s", strings.Join(args, " "), mebibytes, output)
	}
}

// manyTokens is a run file near all bounds of one.
func manyTokens() []byte {
	var claims, file bytes.Buffer
	for i := range 12 {
		fmt.Fprintf(&claims, `,"a%d%s":"v%s"`, i, strings.Repeat("x", 45), strings.Repeat("y", 45))
	}
	file.WriteString(`{"schemaVersion":1,"tool":{"name":"webchatspec","version":"1"},"startedAt":"2026-11-27T00:00:00Z","finishedAt":"2026-11-27T00:00:01Z","evidence":{"tokens":[`)
	for i := range 14_900 {
		if i > 0 {
			file.WriteByte(',')
		}
		fmt.Fprintf(&file, `{"id":"t%d","probe":"first","header":{"alg":"RS256"},"claims":{%s},"raw":"%s"}`, i, claims.Bytes()[1:], strings.Repeat("e", 300))
	}
	file.WriteString(`]}}`)
	return file.Bytes()
}

// Shards of a load that lasted for days, and logs of many of them, are merged in the
// memory that one of them takes.
func TestMergingLongLoadsDoesNotFillTheMemory(t *testing.T) {
	folder := t.TempDir()
	names := []string{filepath.Join(folder, "0.json"), filepath.Join(folder, "1.json")}
	for i, name := range names {
		if err := os.WriteFile(name, longShard(t, i, len(names), 8000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	isSmall(t, "merge", names[0], names[1], "--out", filepath.Join(folder, "out"))
	logs := filepath.Join(folder, "logs") // of runs that have all but a shard
	if err := os.WriteFile(logs, bytes.Repeat(append(manyTokens(), '\n'), 4), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(logs)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	isSmallOf(t, in, "merge", "-", "--out", filepath.Join(folder, "out"))
}

// longShard is the run file of a shard, with a row for each of so many seconds.
func longShard(t *testing.T, index, count, seconds int) []byte {
	t.Helper()
	texts := map[string]string{}
	for name, digits := range map[string]int{"row": 2, "whole": 3} {
		histogram := hdrhistogram.New(1, int64(10*time.Minute/time.Microsecond), digits)
		for i := range int64(50) {
			_ = histogram.RecordValue(2000 + i*i*37)
		}
		text, err := histogram.EncodeV2()
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	load := record.Load{
		Name: "load", Requested: 50, Achieved: 50, Requests: int64(50 * seconds), Seconds: float64(seconds), Shard: &record.LoadShard{Index: index, Count: count, Plan: "sha256:1"},
		Histogram: texts["whole"], ServiceHistogram: texts["whole"], LatenessHistogram: texts["whole"],
	}
	for second := range seconds {
		load.Series = append(load.Series, record.LoadSecond{Second: second, Requests: 50, P50: 0.01, P99: 0.02, Max: 0.03, Histogram: texts["row"]})
	}
	var text bytes.Buffer
	if err := record.WriteLine(&text, record.Run{SchemaVersion: record.SchemaVersion, Load: []record.Load{load}}); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}
