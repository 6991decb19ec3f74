package suites

// rejectionCauses are the checks that name why the integration rejects a token,
// more exactly than token-accepted does. All are MUSTs.
var rejectionCauses = []string{
	"token-served", "token-bare", "token-compact", "token-json",
	"alg-not-none", "alg-not-hmac", "alg-rs256",
	"times-numeric", "exp-ahead", "exp-in-seconds", "nbf-past",
	"key-format", "key-kind", "key-public-only", "key-size", "key-exponent-odd",
	"signature-strict", "signature-every",
}
