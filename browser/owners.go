package browser

import (
	"sync"

	"github.com/chromedp/cdproto/cdp"
)

// owners know whose visit a frame belongs to.
type owners struct {
	mu     sync.Mutex
	frames map[cdp.FrameID]string
}

func (o *owners) set(frame cdp.FrameID, visitor string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.frames[frame] = visitor
}

// of returns whose frame it is, "" for a service worker's, which has none.
func (o *owners) of(frame cdp.FrameID) (visitor string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.frames[frame]
}
