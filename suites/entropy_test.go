package suites

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
)

func TestIDEntropy(t *testing.T) {
	random := func(n int) []byte { b := make([]byte, n); rand.Read(b); return b }
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		id     func(i int) string
		enough bool
	}{
		"uuid v4": {func(int) string {
			b := random(16)
			b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
			return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
		}, true},
		"uuid v7": {func(i int) string {
			b := random(16)
			big.NewInt(start.UnixMilli() + int64(i)).FillBytes(b[:6])
			return hex.EncodeToString(b)
		}, true},
		"64 random bits, hexadecimal":   {func(int) string { return hex.EncodeToString(random(8)) }, true},
		"64 random bits, decimal":       {func(int) string { return new(big.Int).SetBytes(random(8)).String() }, true},
		"66 random bits, base64url":     {func(int) string { return base64.RawURLEncoding.EncodeToString(random(9))[:11] }, true},
		"40 random bits":                {func(int) string { return "anon-" + hex.EncodeToString(random(5)) }, false},
		"32 random bits, twice":         {func(int) string { h := hex.EncodeToString(random(4)); return h + "-" + h + "-" + h }, false},
		"counter":                       {func(i int) string { return fmt.Sprintf("user-%08d", 4711+i) }, false},
		"time stamp":                    {func(i int) string { return fmt.Sprint(start.Add(time.Duration(i) * 1234567).UnixNano()) }, false},
		"time stamp and 4 random bytes": {func(i int) string { return fmt.Sprintf("%d-%x", start.UnixMilli()+int64(i*3), random(4)) }, false},
		"words and a number": {func(int) string {
			words := strings.Fields("brave calm eager fancy gentle happy jolly kind lively nice proud silly witty zealous bold swift")
			b := random(5)
			return fmt.Sprintf("%s-%s-%s-%d", words[b[0]&15], words[b[1]&15], words[b[2]&15], (int(b[3])<<8|int(b[4]))*15)
		}, false},
		"eight words of 256": {func(int) string {
			var words []string
			for _, b := range random(8) {
				words = append(words, strings.Repeat("w", 1+int(b)%5)+fmt.Sprint(b))
			}
			return strings.Join(words, "-")
		}, true},
		"parts by turns": {func(i int) string { return fmt.Sprintf("n%d-%x-%x", i%3, random(5), random(5)) }, true},
		"constant":       {func(int) string { return "some-user-id" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			ids := make([]string, 1000)
			for i := range ids {
				ids[i] = test.id(i)
			}
			if bits := entropyOf(ids); (bits >= enoughEntropy) != test.enough {
				t.Errorf("%.1f bits for ids such as %q", bits, ids[0])
			} else {
				t.Logf("%.1f bits", bits)
			}
		})
	}
}
