package serve_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// info ends the meta of every answer but stats.
const info = `"dataset":{"name":"cosmetics","version":"2021-12-15","date":"2021-12-15"}}}` + "\n"

// The members that BASIC sees of some rows.
const (
	salicylic = `"ref":37595,"inci_name":"SALICYLIC ACID","kr_names":["살리실릭애씨드"],"cas":["69-72-7"],"functions":["KERATOLYTIC","PRESERVATIVE"],"regulation_status":"restricted"`
	aqua      = `"ref":31959,"inci_name":"AQUA","kr_names":["물","정제수"],"cas":["7732-18-5"],"functions":["SOLVENT"],"regulation_status":"not-listed"`
	water     = `"ref":92472,"inci_name":"WATER","kr_names":["워터"],"cas":["7732-18-5"],"functions":["SOLVENT"],"regulation_status":"not-listed"`
)

func TestLookup(t *testing.T) {
	a := memoryAPI(t)
	for _, c := range []struct{ tier, target, want string }{
		{"BASIC", "/v1/ingredient/inci?q=salicylic%20acid", `{"success":true,"count":1,"data":[{` + salicylic +
			`}],"meta":{"tier":"BASIC","match":"exact","limit":3,"next_cursor":null,"more_fields_in":"PRO",` + info},
		{"BASIC", "/v1/ingredient/inci?query=Water", `{"success":true,"count":2,"data":[{` + aqua + `,"match":"synonym"},{` + water +
			`}],"meta":{"tier":"BASIC","match":"exact","limit":3,"next_cursor":null,"more_fields_in":"PRO",` + info},
	} {
		w := get(a, c.tier, c.target)
		if diff := cmp.Diff(c.want, w.Body.String()); diff != "" || w.Code != http.StatusOK {
			t.Errorf("%s %s: status %d (-want +got):\n%s", c.tier, c.target, w.Code, diff)
		}
	}
}
