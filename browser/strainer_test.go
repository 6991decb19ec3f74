package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// strained is what comes through of messages, and how many were left out.
func strained(messages ...string) (through []string, leftOut int64) {
	var out bytes.Buffer
	var count atomic.Int64
	newStrainer(strings.NewReader(strings.Join(messages, "\x00")+"\x00"), &out, &count).run()
	return strings.Split(strings.TrimSuffix(out.String(), "\x00"), "\x00"), count.Load()
}

// Messages of usual size come through as they are, whatever stands in them.
func TestTheStrainerChangesNoUsualMessage(t *testing.T) {
	messages := []string{
		`{}`, `{"id":1,"result":{}}`, `{"id":2,"result":{"a":"\"\\\u00e9\\"},"sessionId":"S"}`,
		`{"method":"Page.loadEventFired","params":{"timestamp":1.5},"sessionId":"S"}`,
		`{"method":"Runtime.consoleAPICalled","params":{"args":[{"value":"` + strings.Repeat(`é\n`, 10_000) + `"}]}}`,
		`{"id":3,"result":{"body":"` + strings.Repeat("x", maxBody) + `"}}`,
	}
	through, leftOut := strained(messages...)
	if strings.Join(through, "\n") != strings.Join(messages, "\n") || leftOut > 0 {
		t.Errorf("%d messages came through, %d were left out", len(through), leftOut)
	}
}

// Long texts are cut to what is valid JSON, and what is behind them stays.
func TestTheStrainerCutsLongTexts(t *testing.T) {
	for name, piece := range map[string]string{
		"plain": "x", "escapes": `\n`, "escaped quotes": `\"`, "escaped slashes": `\\`, "code points": `\u00e9`, "pairs": `\ud83d\ude00`, "characters": "é€",
	} {
		for shift := range 7 {
			long := strings.Repeat("a", shift) + strings.Repeat(piece, 100_000)
			through, leftOut := strained(fmt.Sprintf(`{"method":"Runtime.consoleAPICalled","params":{"a":"%s","b":["%s",{"c":"d"}]},"sessionId":"S"}`, long, long), `{"id":1}`)
			var message struct {
				Params struct {
					A string
					B []any
				}
				SessionID string
			}
			if len(through) != 2 || leftOut > 0 || json.Unmarshal([]byte(through[0]), &message) != nil {
				t.Fatalf("%s: %d came through, %d were left out: %.100s", name, len(through), leftOut, through[0])
			}
			if message.SessionID != "S" || len(message.Params.B) != 2 || len(message.Params.A) == 0 || len(through[0]) > 2*maxEventText+200 {
				t.Errorf("%s: %d bytes, session %q", name, len(through[0]), message.SessionID)
			}
		}
	}
}

// A flood of long events is thinned out, short ones and results among them are not.
func TestTheStrainerThinsFloods(t *testing.T) {
	wide := `{"method":"Runtime.consoleAPICalled","params":[` + strings.Repeat(`"x",`, 500_000) + `1]}`
	giant := `{"method":"Runtime.consoleAPICalled","params":[` + strings.Repeat(`"x",`, 5_000_000) + `1]}`
	short := `{"method":"Page.loadEventFired","params":{}}`
	messages := []string{giant}
	for range 40 {
		messages = append(messages, wide, short, `{"id":1,"result":[`+strings.Repeat(`"x",`, 10_000)+`1]}`)
	}
	began := time.Now()
	through, leftOut := strained(messages...)
	allowed := longEvents + int(time.Since(began).Seconds()*longPerSecond) // a slow machine has time for more
	size, shorts, results := 0, 0, 0
	for _, message := range through {
		if len(message) > longEvent && !strings.HasPrefix(message, `{"id"`) {
			size += len(message)
		}
		if message == short {
			shorts++
		}
		if strings.HasPrefix(message, `{"id"`) {
			results++
		}
	}
	if shorts != 40 || results != 40 || size > allowed {
		t.Errorf("%d short events, %d results, %d MB came through, %d were left out", shorts, results, size>>20, leftOut)
	}
}
