package sallyport_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport"
)

func TestRecordTellsWhatWasGranted(t *testing.T) {
	for name, tt := range map[string]struct {
		request *http.Request
		want    sallyport.Grant
	}{
		"header":      {request("GET", "/item/1"), sallyport.Grant{TierFrom: sallyport.TierFromHeader, Cost: 1}},
		"alias":       {request("GET", "/search", header("X-RapidAPI-Subscription", "CUSTOM")), sallyport.Grant{TierFrom: sallyport.TierFromHeader, Cost: 3}},
		"override":    {request("GET", "/search", header("X-RapidAPI-User", "friend")), sallyport.Grant{TierFrom: sallyport.TierFromOverride, Cost: 3}},
		"unknown":     {request("GET", "/item/1", header("X-RapidAPI-Subscription", "GOLD")), sallyport.Grant{TierFrom: sallyport.TierUnknown, Cost: 1}},
		"missing":     {request("GET", "/item/1", header("X-RapidAPI-Subscription")), sallyport.Grant{TierFrom: sallyport.TierMissing, Cost: 1}},
		"no customer": {request("GET", "/item/1", header("X-RapidAPI-User")), sallyport.Grant{TierFrom: sallyport.TierMissing, Cost: 1}},
		"refused":     {request("GET", "/item/1", noSecret), sallyport.Grant{}},
		"low tier":    {request("GET", "/search"), sallyport.Grant{TierFrom: sallyport.TierFromHeader}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t, echo, nil)
			c.do(t, tt.request)
			if diff := cmp.Diff(tt.want, c.last(t).Grant); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecordTellsWhatWasSent(t *testing.T) {
	bare := func(r *http.Request) {
		for _, name := range []string{"X-RapidAPI-Proxy-Secret", "X-RapidAPI-User", "X-RapidAPI-Subscription"} {
			r.Header.Del(name)
		}
	}
	for name, tt := range map[string]struct {
		request *http.Request
		want    sallyport.Sent
	}{
		"nothing":          {request("GET", "/item/1", bare), sallyport.Sent{}},
		"query and agent":  {request("GET", "/item/1?q=%zz", bare, header("User-Agent", "curl/8\r\n")), sallyport.Sent{Query: "q=%zz", UserAgent: "curl/8\r\n"}},
		"wrong secret":     {request("GET", "/item/1", bare, header("X-RapidAPI-Proxy-Secret", "x")), sallyport.Sent{Marketplace: true}},
		"customer alone":   {request("GET", "/item/1", bare, header("X-RapidAPI-User", "alice")), sallyport.Sent{Marketplace: true}},
		"subscriber alone": {request("GET", "/item/1", bare, header("X-RapidAPI-Subscription", "PRO")), sallyport.Sent{Marketplace: true}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t, echo, nil)
			c.do(t, tt.request)
			if diff := cmp.Diff(tt.want, c.last(t).Sent); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecordTellsOfAClientThatWentAway(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	gone := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { cancel() })
	c := newChain(t, gone, nil)
	c.handler.ServeHTTP(httptest.NewRecorder(), request("GET", "/item/1").WithContext(ctx))
	if !c.last(t).Cancelled {
		t.Error("the client's leaving is not noted")
	}
	c.do(t, request("GET", "/health"))
	if c.last(t).Cancelled {
		t.Error("a complete request is noted as cancelled")
	}
}
