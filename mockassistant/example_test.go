package mockassistant_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/webchatspec/webchatspec/mockassistant"
)

// A test of a site's own code runs the assistant in process, has it fail once,
// and looks at what came.
func Example() {
	assistant, err := mockassistant.New(mockassistant.Config{SecurityOff: true})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(assistant)
	defer server.Close()

	fault, err := mockassistant.ParseFault("rate-limited,for=1")
	if err != nil {
		log.Fatal(err)
	}
	if err := assistant.AddFault(fault); err != nil {
		log.Fatal(err)
	}
	for range 2 {
		body := strings.NewReader(`{"value": {"input": {"text": "hello"}}}`)
		answer, err := http.Post(server.URL+"/public/chat/shop/message", "application/json", body)
		if err != nil {
			log.Fatal(err)
		}
		answer.Body.Close()
	}
	for _, m := range assistant.History() {
		fmt.Println(m.Number, m.Text, m.Status, m.Fault)
	}
	// Output:
	// 1 hello 429 rate-limited
	// 2 hello 200
}
