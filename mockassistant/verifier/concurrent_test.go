package verifier

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// TestConcurrentUse shares keys, verdicts and Lines between goroutines, for the
// race detector.
func TestConcurrentUse(t *testing.T) {
	g := newGenerator(8)
	key := ReadKey(pemText("PUBLIC KEY", g.key.spki()))
	token := g.draft().token()
	line := request{token: jsonString(token), key: jsonString(pemText("RSA PUBLIC KEY", g.key.pkcs1())), now: fmt.Sprint(g.now)}.line(1)
	shared := Preview(token, time.Unix(g.now, 0))
	var lines Lines
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for range 20 {
				verdict := key.Verify(token, time.Unix(g.now, 0))
				if !verdict.Accepted || verdict.Payload.Get("sub").Text() != shared.Payload.Get("sub").Text() {
					t.Errorf("verdict %+v", verdict)
				}
				if got := readAnswer(t, lines.Answer(nil, 1, line)); !got.OK {
					t.Errorf("answer %v", got)
				}
				key.SignatureScheme(token)
				key.Fingerprint()
			}
		})
	}
	running.Wait()
}
