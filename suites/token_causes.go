package suites

// rejectionCauses are the checks that name why the integration rejects a token,
// more exactly than token-accepted does.
var rejectionCauses = []string{
	"token-served", "token-bare", "token-trimmed", "token-compact", "token-json", "token-object",
	"alg-not-none", "alg-not-hmac", "alg-rs256", "typ-jwt",
	"times-numeric", "exp-ahead", "exp-in-seconds", "nbf-past",
	"key-format", "key-kind", "key-public-only", "key-size", "key-exponent-odd",
	"key-consistent", "signature-strict", "signature-every",
}
