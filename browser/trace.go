package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/network"

	"github.com/webchatspec/webchatspec/record"
	"github.com/webchatspec/webchatspec/secrets"
)

// trace writes what a person wants to look into after a run: the page's requests
// as an HTTP archive (HAR 1.2), one for each visitor, and the document at the end
// of each step. Tokens, cookies, credentials and what was told in confidence are
// taken out of both.
type trace struct {
	folder  string
	known   *secrets.Known
	cookies *secrets.Known // of the page, so far
	began   time.Time
}

// maxSnapshot bounds one document.
const maxSnapshot = 1 << 20

// newTrace makes the folder; it returns nil where no trace is wanted. Told is what
// the configuration holds in confidence, cookies will be those of the page.
func newTrace(c Config, told, cookies *secrets.Known) (*trace, error) {
	if c.Trace == "" {
		return nil, nil
	}
	if err := os.MkdirAll(c.Trace, 0o755); err != nil {
		return nil, err
	}
	return &trace{folder: c.Trace, known: told, cookies: cookies, began: time.Now()}, nil
}

func (t *trace) mask(text string) string { return t.known.Mask(t.cookies.MaskValues(mask(text))) }

// notInName are the characters that file names go without.
var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// snapshot writes the document of the page as it is now, one number after the
// other. Failing to is no reason to stop.
func (t *trace) snapshot(visitor string, number int, step string, tab *tab) {
	if t == nil {
		return
	}
	text, err := evaluate[string](tab, "", fmt.Sprintf("(text => text.length > %[1]d ? text.slice(0, %[1]d) + '…' : text)(document.documentElement.outerHTML)", maxSnapshot))
	if err != nil {
		return
	}
	for _, cookie := range tab.cookies() {
		keepBack(t.cookies, cookie.Name, cookie.Value)
	}
	name := fmt.Sprintf("%s-%d-%s.html", visitor, number, notInName.ReplaceAllString(strings.ToLower(step), "-"))
	_ = os.WriteFile(filepath.Join(t.folder, name), []byte("<!-- "+step+" -->\n"+t.mask(text)), 0o600)
}

// The parts of an HTTP archive that are filled in.
type (
	archive struct {
		Log struct {
			Version string            `json:"version"`
			Creator map[string]string `json:"creator"`
			Entries []archiveEntry    `json:"entries"`
		} `json:"log"`
	}
	archiveEntry struct {
		Started  time.Time          `json:"startedDateTime"`
		Time     float64            `json:"time"` // milliseconds
		Request  archiveMessage     `json:"request"`
		Response archiveMessage     `json:"response"`
		Cache    struct{}           `json:"cache"`
		Timings  map[string]float64 `json:"timings"`
		Comment  string             `json:"comment,omitempty"`
	}
	archiveMessage struct {
		Method      string          `json:"method,omitempty"`
		URL         string          `json:"url,omitempty"`
		Status      int             `json:"status"`
		StatusText  string          `json:"statusText"`
		Version     string          `json:"httpVersion"`
		Headers     []archivePair   `json:"headers"`
		Cookies     []archivePair   `json:"cookies"`
		Query       []archivePair   `json:"queryString,omitempty"`
		Content     *archiveContent `json:"content,omitempty"`
		RedirectURL string          `json:"redirectURL"`
		HeadersSize int             `json:"headersSize"`
		BodySize    int64           `json:"bodySize"`
	}
	archivePair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	archiveContent struct {
		Size     int64  `json:"size"`
		MIMEType string `json:"mimeType"`
	}
)

// write writes the archives of a finished page.
func (t *trace) write(page *record.Page, headers map[string]exchanged) error {
	if t == nil {
		return nil
	}
	archives := map[string]*archive{}
	for _, r := range page.Requests {
		a := archives[r.Visitor]
		if a == nil {
			a = &archive{}
			a.Log.Version, a.Log.Creator = "1.2", map[string]string{"name": "webchatspec", "version": "1"}
			archives[r.Visitor] = a
		}
		a.Log.Entries = append(a.Log.Entries, t.entry(r, headers[r.ID]))
	}
	for visitor, a := range archives {
		text, err := json.MarshalIndent(a, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(t.folder, visitor+".har"), []byte(t.mask(string(text))), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (t *trace) entry(r record.PageRequest, with exchanged) archiveEntry {
	took := r.Seconds * 1000
	return archiveEntry{
		Started: t.began.Add(time.Duration(r.At * float64(time.Second))), Time: took,
		Request: archiveMessage{
			Method: r.Method, URL: r.URL, Version: "HTTP/1.1", Headers: t.pairs(with.request), Cookies: []archivePair{}, HeadersSize: -1, BodySize: -1,
		},
		Response: archiveMessage{
			Status: r.Status, Version: "HTTP/1.1", Headers: t.pairs(with.response), Cookies: []archivePair{},
			Content: &archiveContent{r.Bytes, r.MIME}, RedirectURL: r.RedirectedTo, HeadersSize: -1, BodySize: r.Bytes,
		},
		Timings: map[string]float64{"send": 0, "wait": took, "receive": 0},
		Comment: strings.TrimSpace(strings.Join([]string{r.Step, r.Failure, r.CORS, r.Blocked}, " ")),
	}
}

// exchanged are the headers of a request and its answer.
type exchanged struct{ request, response network.Headers }

// pairs are the headers without what lets someone in.
func (t *trace) pairs(headers network.Headers) []archivePair {
	pairs := []archivePair{}
	for name, value := range headers {
		text, _ := value.(string)
		if secrets.IsCredential(name) || !secrets.IsPlainHeader(name) && secrets.IsName(name) {
			text = secrets.Mark(strings.ToLower(name))
		}
		pairs = append(pairs, archivePair{name, shorten(text, 2000)})
	}
	slices.SortFunc(pairs, func(a, b archivePair) int { return strings.Compare(a.Name, b.Name) })
	return pairs
}
