package sallyport_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"sallyport"
	"sallyport/limit"
	"sallyport/secret"
)

func exampleConfig() sallyport.Config {
	return sallyport.Config{
		Hosts:   []string{"api.example.com"},
		Secrets: sallyport.StaticSecrets{secret.New("3f1c9a70-2f44-11ee-be56-0242ac120002")},
		Tiers: []sallyport.Tier{
			{Name: "BASIC", InFlight: 4, Limits: []limit.Policy{{Name: "minute", Quota: 60, Window: time.Minute}}},
			{Name: "PRO", InFlight: 8, Limits: []limit.Policy{{Name: "minute", Quota: 600, Window: time.Minute}}},
		},
		Routes: []sallyport.Route{
			{Pattern: "/health", Methods: []string{"GET"}, Public: true},
			{Pattern: "/v1/word/{word}", Methods: []string{"GET"}, MinTier: "BASIC", Cost: 1},
		},
	}
}

// A handler behind the chain sees only what was let in, and learns who calls.
func Example() {
	m, err := sallyport.NewMiddleware(exampleConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	api := m.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, ok := sallyport.CallerFrom(r.Context())
		if !ok && r.Pattern != "/health" {
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		json.NewEncoder(w).Encode(map[string]string{"word": r.PathValue("word"), "tier": caller.Tier})
	}))

	ask := func(presented string) {
		r := httptest.NewRequest("GET", "http://api.example.com/v1/word/aqua", nil)
		r.Header.Set("X-RapidAPI-Proxy-Secret", presented)
		r.Header.Set("X-RapidAPI-User", "alice")
		r.Header.Set("X-RapidAPI-Subscription", "PRO")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Printf("%d %q\n", w.Code, w.Header().Get("RateLimit-Policy"))
	}
	ask("")
	ask("3f1c9a70-2f44-11ee-be56-0242ac120002")
	// Output:
	// 403 ""
	// 200 "\"minute\";q=600;w=60"
}

// The common mistake is a secret from an environment variable that nobody set. Then there is nothing to
// compare with, and the program must not start.
func ExampleNewMiddleware_missingSecret() {
	config := exampleConfig()
	unset := "" // os.Getenv("RAPIDAPI_PROXY_SECRET")
	config.Secrets = sallyport.StaticSecrets{secret.New(unset)}
	_, err := sallyport.NewMiddleware(config)
	fmt.Println(err)
	// Output: Secrets: secret is missing
}

// Work whose size is known only after the body is decoded is charged before it is done.
func ExampleCharge() {
	batch := func(w http.ResponseWriter, r *http.Request) {
		var names []string
		if json.NewDecoder(r.Body).Decode(&names) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if err := sallyport.Charge(r.Context(), int64(len(names))); err != nil {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		fmt.Fprintf(w, "%d names looked up", len(names))
	}
	_ = http.HandlerFunc(batch)
}
