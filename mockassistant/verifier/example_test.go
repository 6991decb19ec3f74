package verifier_test

import (
	"fmt"
	"log"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/webchatspec/webchatspec/fixtures/keys"
	"github.com/webchatspec/webchatspec/mockassistant/verifier"
)

// A server's own test signs a token as the server does and asks what the
// integration would make of it: now, an hour later, and under another key.
func ExampleKey_Verify() {
	signing := keys.For("shop") // stands for the server's private key
	issued := time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"sub": "visitor-1", "iat": issued.Unix(), "exp": issued.Add(30 * time.Minute).Unix(),
	}).SignedString(signing)
	if err != nil {
		log.Fatal(err)
	}

	key := verifier.ReadKey(keys.PublicPEM(&signing.PublicKey)) // the text in the assistant's settings
	fmt.Println(key.Verify(token, issued).Accepted)

	later := key.Verify(token, issued.Add(time.Hour))
	fmt.Println(later.Accepted, later.Name, later.Message)

	other := verifier.ReadKey(keys.PublicPEM(&keys.For("another").PublicKey)).Verify(token, issued)
	fmt.Println(other.Accepted, other.Name, other.Message)
	// Output:
	// true
	// false TokenExpiredError jwt expired
	// false JsonWebTokenError invalid signature
}
