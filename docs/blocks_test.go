// Package docs holds the tests of the documents beside it: each command block is
// run, each YAML block is read by the program that users give it to, each link leads
// somewhere, and what is generated is up to date.
package docs

import (
	"context"
	"encoding/json"
	"fmt"
	"go/format"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/webchatspec/webchatspec/fixtures/issuers"
	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/internal/cli"
	"github.com/webchatspec/webchatspec/internal/config"
)

// The site that the documents speak of; the tests put the demo site in its place.
const (
	documentedSite = "http://localhost:3001"
	demoSite       = "WEBCHATSPECTEST_DEMO" // environment variable with the demo's address
)

// TestMain lets this test binary be the command when a block calls it so.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "webchatspec" {
		os.Exit(cli.Run(context.Background(), quick(os.Args[1:]), os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// quick makes a documented command line one that ends within seconds: the runs that
// reach the demo site judge a few checks of the token part; what needs a browser,
// load, another site, or an interrupt to end, reads its flags and ends.
func quick(args []string) []string {
	if os.Getenv(demoSite) == "" || len(args) == 0 || slices.Contains(args, "--dry-run") || slices.Contains(args, "--list") || slices.Contains(args, "--help") {
		return args
	}
	line := strings.Join(args, " ")
	switch args[0] {
	case "verify", "check":
		elsewhere := strings.Contains(strings.ReplaceAll(line, os.Getenv(demoSite), ""), "://") || strings.Contains(line, "--config")
		if elsewhere {
			return append(args, "--help")
		}
		return append(args, "--only", "exp-present,alg-rs256")
	case "page", "load", "mock", "issuer", "init":
		return append(args, "--help")
	}
	return args
}

// block is a fenced block of a document.
type block struct {
	file, language, kind, text string
	line                       int
	notRun                     string // why its commands are not run, "" for those that are
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.file, b.line) }

var (
	fence  = regexp.MustCompile("^\\s*```(\\w*) ?(\\w*)$")
	notRun = regexp.MustCompile(`^<!-- not run: (.+) -->$`)
)

// documents are the paths of all documents, relative to this folder.
func documents(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"../*.md", "*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	if len(all) < 5 {
		t.Fatalf("only %d documents", len(all))
	}
	return all
}

// blocks returns the fenced blocks of all documents.
func blocks(t *testing.T) []block {
	t.Helper()
	var all []block
	for _, file := range documents(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, blocksOf(file, string(text))...)
	}
	return all
}

func blocksOf(file, text string) []block {
	var all []block
	var open *block
	reason := ""
	for i, line := range strings.Split(text, "\n") {
		marks := fence.FindStringSubmatch(line)
		switch {
		case open != nil && strings.TrimSpace(line) == "```":
			all = append(all, *open)
			open, reason = nil, ""
		case open != nil:
			open.text += line + "\n"
		case marks != nil:
			open = &block{file: file, line: i + 1, language: marks[1], kind: marks[2], notRun: reason}
		case notRun.MatchString(line):
			reason = notRun.FindStringSubmatch(line)[1]
		}
	}
	return all
}

func TestBlocksSayTheirLanguage(t *testing.T) {
	known := []string{"sh", "yaml", "json", "go", "html", "js", "css", "text", "mermaid", ""}
	for _, b := range blocks(t) {
		if !slices.Contains(known, b.language) {
			t.Errorf("%s: the language %q is none of %v", b, b.language, known)
		}
	}
}

func TestCommandBlocksRun(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	site, err := issuers.Start(issuers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	demo := strings.TrimSuffix(site.Setup().Page, "/")
	prepared := prepareFolder(t, site.Setup())
	ran := 0
	for _, b := range blocks(t) {
		if b.language != "sh" || b.notRun != "" {
			continue
		}
		ran++
		folder := t.TempDir()
		if err := os.CopyFS(folder, os.DirFS(prepared)); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(bash, "-e", "-u", "-o", "pipefail", "-c", strings.ReplaceAll(b.text, documentedSite, demo))
		cmd.Dir = folder
		cmd.Env = append(os.Environ(), "PATH="+commandOnPath(t)+":"+os.Getenv("PATH"), demoSite+"="+demo)
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s%.2000s", b, err, b.text, output)
		}
	}
	if ran == 0 {
		t.Error("no block was run")
	}
}

// commandOnPath is a folder with this test binary as webchatspec.
func commandOnPath(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(self, filepath.Join(folder, "webchatspec")); err != nil {
		t.Fatal(err)
	}
	return folder
}

// prepareFolder is a folder as the documents' readers have it: the site's public
// key and a token of it, a private key of their own, a configuration, saved runs.
func prepareFolder(t *testing.T, setup issuers.Setup) string {
	t.Helper()
	folder := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("key.pub", setup.PublicKeys[0])
	write("key.pem", keys.PrivatePEM(keys.For("documentation")))
	write("token.txt", get(t, setup.Endpoint))
	write("webchatspec.yaml", "endpoint: "+setup.Endpoint+"\npublicKeys: [key.pub]\n")
	cmd := exec.Command(filepath.Join(commandOnPath(t), "webchatspec"), "check", "--config", "webchatspec.yaml", "--only", "exp-present")
	cmd.Dir = folder
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("no saved run: %v\n%s", err, output)
	}
	run, err := os.ReadFile(filepath.Join(folder, "webchatspec-report", "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"run.json", "old.json", "new.json"} {
		write(name, string(run))
	}
	return folder
}

func get(t *testing.T, address string) string {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// secretsOfExamples are the environment variables that the documents' configurations
// take their secrets from.
var secretsOfExamples = []string{"SHOP_API_KEY", "ANN_PASSWORD", "BOB_PASSWORD", "STAGING_PASSWORD", "ANN_SESSION", "STAGING_BASIC"}

// TestConfigurationBlocksAreRead reads YAML blocks as the program would: those
// without a kind are configurations.
func TestConfigurationBlocksAreRead(t *testing.T) {
	for _, name := range secretsOfExamples {
		t.Setenv(name, "of no matter")
	}
	read := 0
	for _, b := range blocks(t) {
		if b.language != "yaml" {
			continue
		}
		var err error
		switch b.kind {
		case "":
			read++
			_, err = config.Parse([]byte(b.text))
		case "waivers":
			file := filepath.Join(t.TempDir(), "waivers.yaml")
			if err = os.WriteFile(file, []byte(b.text), 0o644); err == nil {
				_, err = config.ReadWaivers(file)
			}
		default:
			var anything any
			err = yaml.Unmarshal([]byte(b.text), &anything)
		}
		if err != nil {
			t.Errorf("%s: %v", b, err)
		}
	}
	if read == 0 {
		t.Error("no configuration was read")
	}
}

func TestDataAndCodeBlocksParse(t *testing.T) {
	for _, b := range blocks(t) {
		switch b.language {
		case "json":
			for i, line := range jsonTexts(b.text) {
				if !json.Valid([]byte(line)) {
					t.Errorf("%s: text %d is not JSON", b, i+1)
				}
			}
		case "go":
			if _, err := format.Source([]byte(b.text)); err != nil {
				t.Errorf("%s: %v", b, err)
			}
		}
	}
}

// jsonTexts are the whole block, or its lines where each is an object of its own.
func jsonTexts(text string) []string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for _, line := range lines {
		if !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "}") {
			return []string{text}
		}
	}
	return lines
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	anchor  = regexp.MustCompile(`<a id="([^"]+)"`)

	notInAnchors = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	headings := map[string][]string{} // by path
	for _, file := range documents(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range link.FindAllStringSubmatch(string(text), -1) {
			target, fragment, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			path := file
			if target != "" {
				path = filepath.Join(filepath.Dir(file), target)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: %s does not exist", file, match[1])
				continue
			}
			if fragment == "" {
				continue
			}
			if headings[path] == nil {
				headings[path] = anchors(t, path)
			}
			if !slices.Contains(headings[path], fragment) {
				t.Errorf("%s: %s has no such heading", file, match[1])
			}
		}
	}
}

// anchors are the fragments that lead into a document, as GitHub makes them.
func anchors(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, match := range heading.FindAllStringSubmatch(string(text), -1) {
		title := strings.ToLower(strings.TrimSpace(match[1]))
		all = append(all, strings.ReplaceAll(notInAnchors.ReplaceAllString(title, ""), " ", "-"))
	}
	for _, match := range anchor.FindAllStringSubmatch(string(text), -1) {
		all = append(all, match[1])
	}
	return all
}
