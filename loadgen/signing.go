package loadgen

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"runtime"
	"time"

	"github.com/webchatspec/webchatspec/mockassistant/verifier"
	"github.com/webchatspec/webchatspec/record"
)

const (
	// signingTime is how long signatures are made for the measurement. The fastest
	// counts, as one that nothing disturbed.
	signingTime = 400 * time.Millisecond
	// mostSigningBits is the largest key that is made for it: larger ones take minutes.
	mostSigningBits = 4096
)

// measureSigning measures a signature with a key as long as the endpoint's; nil
// where that is no RSA key of a usual size.
func measureSigning(ctx context.Context, keys []*verifier.Key) *record.Signing {
	if len(keys) == 0 || keys[0].Kind() != "rsa" || keys[0].Bits() < 1024 || keys[0].Bits() > mostSigningBits {
		return nil
	}
	key, err := rsa.GenerateKey(rand.Reader, keys[0].Bits())
	if err != nil {
		return nil
	}
	digest := sha256.Sum256([]byte("webchatspec"))
	fastest := time.Duration(0)
	for began := time.Now(); time.Since(began) < signingTime && ctx.Err() == nil; {
		one := time.Now()
		if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
			return nil
		}
		if took := time.Since(one); fastest == 0 || took < fastest {
			fastest = took
		}
	}
	if fastest == 0 {
		return nil
	}
	return &record.Signing{Bits: keys[0].Bits(), Seconds: fastest.Seconds(), Cores: runtime.NumCPU()}
}
