package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/remote"

	"github.com/webchatspec/webchatspec/internal/panics"
	"github.com/webchatspec/webchatspec/internal/sleep"
)

// EnvChromium names the environment variable with the path of the browser.
const EnvChromium = "WEBCHATSPEC_CHROMIUM"

// ErrNoBrowser is wrapped by the error that says that no browser was found, or
// that it did not start: what was tried, and how to install one.
var ErrNoBrowser = errors.New("no Chromium was found")

// names are what Chromium and its relatives are called, most wanted first.
var names = []string{
	"chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome",
	"chrome-headless-shell", "headless-shell", "microsoft-edge-stable", "microsoft-edge",
}

// places are where browsers stand that are not on the PATH.
var places = map[string][]string{
	"darwin": {
		"/Applications/Chromium.app/Contents/MacOS/Chromium",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
		"/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
	},
	"linux": {"/snap/bin/chromium", "/usr/lib/chromium/chromium", "/opt/google/chrome/chrome"},
	"windows": {
		`C:\Program Files\Google\Chrome\Application\chrome.exe`,
		`C:\Program Files (x86)\Google\Chrome\Application\chrome.exe`,
		`C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe`,
	},
}

// installing says how to get a browser, by operating system.
var installing = map[string]string{
	"darwin":  "install one with: brew install --cask chromium",
	"linux":   "install one with: apt-get install chromium (Debian, Ubuntu) or dnf install chromium (Fedora)",
	"windows": "install one with: winget install Hibbiki.Chromium",
}

// Find returns the path of the browser that [Gather] uses when none is named:
// the one in the environment variable WEBCHATSPEC_CHROMIUM, else the first of
// the usual names on the PATH, else one in a usual place. The error wraps
// [ErrNoBrowser].
func Find() (path string, err error) { return find("") }

func find(named string) (string, error) {
	source := "as asked"
	if named == "" {
		named, source = os.Getenv(EnvChromium), "named by "+EnvChromium
	}
	if named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("%w: %s, %s, is not an executable program; %s", ErrNoBrowser, named, source, howToInstall())
		}
		return path, nil
	}
	for _, name := range slices.Concat(names, places[runtime.GOOS]) {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: tried %s on the PATH, and %s; %s, or name its program with %s", ErrNoBrowser,
		strings.Join(names, ", "), strings.Join(places[runtime.GOOS], ", "), howToInstall(), EnvChromium)
}

func howToInstall() string {
	if how, known := installing[runtime.GOOS]; known {
		return how
	}
	return "install Chromium or Chrome"
}

// chromium is a running browser.
type chromium struct {
	ctx     context.Context // of its first tab, parent of all visitors'
	version string
	stop    func()
	leftOut atomic.Int64 // events that were left out, since there was too much of them
	frozen  atomic.Bool  // whether it was given up, since it stopped answering
}

// Ends of the page part: the browser was given up, or has gone by itself.
var (
	errFrozen = fmt.Errorf("the browser has not answered for %s, and was ended", pulseLimit)
	errGone   = errors.New("the browser has ended while the page was driven: it was closed or killed, or has crashed")
)

// ended is why the browser is there no more; nil while it is.
func (c *chromium) ended() error {
	switch {
	case c.frozen.Load():
		return errFrozen
	case c.ctx.Err() != nil:
		return errGone
	}
	return nil
}

var ( // tests have less patience
	// pulseEvery is how often the browser is asked whether it is still there.
	pulseEvery = 5 * time.Second
	// pulseLimit is how long it may take to say so: whatever a page does, the
	// browser itself answers at once, and on a machine out of breath later.
	pulseLimit = 25 * time.Second
)

// watch gives the browser up when it answers no more, which nothing else would
// end that waits for it.
func (c *chromium) watch(every, limit time.Duration) {
	for sleep.For(c.ctx, every) == nil {
		limited, cancel := context.WithTimeout(c.ctx, limit)
		_, err := chromedp.CallBrowser(limited, browser.GetVersion, cdp.Empty{})
		cancel()
		if errors.Is(err, context.DeadlineExceeded) && c.ctx.Err() == nil {
			c.frozen.Store(true)
			c.stop()
			return
		}
	}
}

// startLimit bounds the start of the browser; a cold one takes about a second.
const startLimit = 30 * time.Second

// startChromium starts the browser at path with an empty profile and further
// switches. It ends with ctx, or by stop, whose return means that its processes
// and its profile are gone.
func startChromium(ctx context.Context, path string, switches map[string]any) (*chromium, error) {
	place, err := openWorkspace()
	if err != nil {
		return nil, fmt.Errorf("make a folder for the browser: %w", err)
	}
	var output tail
	c := new(chromium)
	options := slices.Concat(chromedp.DefaultExecAllocatorOptions[:], []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.CombinedOutput(&output),
		chromedp.UserDataDir(place.profile()),
		chromedp.Env(place.environment(path)...),
		chromedp.ModifyCmdFunc(func(command *exec.Cmd) { endWithUs(command); strain(command, &c.leftOut) }),
		chromedp.WindowSize(windowWidth, windowHeight),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("mute-audio", true),
		chromedp.Flag("hide-scrollbars", true),
		// Frames of other sites in the page's own process, where orders reach them.
		// Origins, cookies and CORS stay apart all the same.
		chromedp.Flag("disable-site-isolation-trials", true),
	})
	for name, value := range switches {
		options = append(options, chromedp.Flag(name, value))
	}
	allocated, endAllocator := chromedp.NewExecAllocator(ctx, options...)
	tab, endTab := chromedp.NewContext(allocated, chromedp.WithErrorf(func(string, ...any) {}))
	c.ctx, c.stop = tab, sync.OnceFunc(func() {
		endTab() // kills the browser
		endAllocator()
		place.close()
	})
	starting, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("it did not answer within %s", startLimit))
	defer cancel()
	if err := c.begin(starting); err != nil {
		c.stop()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: %s does not start: %s", ErrNoBrowser, path, whyNotStarted(err, output.String()))
	}
	return c, nil
}

// joinChromium uses a browser that runs already, at its debugging address. It is
// left running: only the tabs of this run are closed.
func joinChromium(ctx context.Context, address string) (*chromium, error) {
	allocated, endAllocator := remote.NewAllocator(ctx, address)
	tab, endTab := chromedp.NewContext(allocated, chromedp.WithErrorf(func(string, ...any) {}))
	c := &chromium{ctx: tab, stop: sync.OnceFunc(func() {
		endTab()
		endAllocator()
	})}
	starting, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("it did not answer within %s", startLimit))
	defer cancel()
	if err := c.begin(starting); err != nil {
		c.stop()
		return nil, fmt.Errorf("%w at %s: %w; start one with --remote-debugging-port=9222", ErrNoBrowser, address, err)
	}
	return c, nil
}

// begin waits until the browser answers, asks its version and forbids downloads.
func (c *chromium) begin(limit context.Context) error {
	started := make(chan error, 1)
	go func() {
		defer panics.Tell()
		started <- chromedp.Do(c.ctx) // binds the browser's life to the context
	}()
	select {
	case err := <-started:
		if err != nil {
			return err
		}
	case <-limit.Done():
		return context.Cause(limit)
	}
	limited, cancel := context.WithTimeout(c.ctx, answerLimit)
	defer cancel()
	version, err := chromedp.CallBrowser(limited, browser.GetVersion, cdp.Empty{})
	if err != nil {
		return err
	}
	c.version = version.Product
	_, err = chromedp.CallBrowser(limited, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorDeny, //nolint:misspell // the protocol's spelling
	})
	if err == nil {
		every, limit := pulseEvery, pulseLimit
		go func() {
			defer panics.Tell()
			c.watch(every, limit)
		}()
	}
	return err
}

// tail keeps the end of what the browser prints, to show when it does not start.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	const limit = 2000
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-limit):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
