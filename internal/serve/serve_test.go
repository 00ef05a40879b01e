package serve_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/dataset"
)

// info ends the meta of every answer but stats.
const info = `"dataset":{"name":"cosmetics","version":"2021-12-15","date":"2021-12-15"}}}` + "\n"

// What BASIC sees of the rows.
const (
	salicylic    = `"ref":37595,"inci_name":"SALICYLIC ACID","kr_names":["살리실릭애씨드"],"cas":["69-72-7"],"functions":["KERATOLYTIC","PRESERVATIVE"],"regulation_status":"restricted"`
	aqua         = `"ref":31959,"inci_name":"AQUA","kr_names":["물","정제수"],"cas":["7732-18-5"],"functions":["SOLVENT"],"regulation_status":"not-listed"`
	water        = `"ref":92472,"inci_name":"WATER","kr_names":["워터"],"cas":["7732-18-5"],"functions":["SOLVENT"],"regulation_status":"not-listed"`
	glycerin     = `"ref":34040,"inci_name":"GLYCERIN","kr_names":["글리세린"],"aliases":["GLYCEROL"],"cas":["56-81-5"],"functions":["HUMECTANT","SOLVENT"],"regulation_status":"not-listed"`
	copolymer    = `"ref":76343,"inci_name":"GLYCERIN/OXYBUTYLENE COPOLYMER","regulation_status":"not-listed"`
	glycereth3   = `"ref":34041,"inci_name":"GLYCERETH-3","cas":["31694-55-0"],"functions":["HUMECTANT","SOLVENT"],"regulation_status":"not-listed"`
	glycereth5   = `"ref":34042,"inci_name":"GLYCERETH-5","cas":["31694-55-0"],"functions":["HUMECTANT","SOLVENT"],"regulation_status":"not-listed"`
	glycereth7   = `"ref":34043,"inci_name":"GLYCERETH-7","cas":["31694-55-0"],"functions":["HUMECTANT","SOLVENT"],"regulation_status":"not-listed"`
	glycereth12  = `"ref":34044,"inci_name":"GLYCERETH-12","cas":["31694-55-0"],"functions":["HUMECTANT","SOLVENT"],"regulation_status":"not-listed"`
	phenoxy      = `"ref":35967,"inci_name":"PHENOXYETHANOL","kr_names":["페녹시에탄올"],"aliases":["ETHYLENE GLYCOL MONOPHENYL ETHER"],"cas":["122-99-6"],"functions":["PRESERVATIVE"],"regulation_status":"preservative"`
	formaldehyde = `"ref":33804,"inci_name":"FORMALDEHYDE","aliases":["METHANAL","FORMALIN"],"cas":["50-00-0"],"regulation_status":"prohibited"`
	oil          = `"ref":99001,"inci_name":"100% <PURE>_\\'OIL\"","regulation_status":"not-listed"`
)

// one is an answer with a single row of a get.
func one(row, meta string) string {
	return `{"success":true,"count":1,"data":[{` + row + `}],"meta":{` + meta + `,` + info
}

func TestAnswers(t *testing.T) {
	eachSource(t, func(t *testing.T, d *dataset.Description, s dataset.Source) {
		a := newAPI(t, config(d, s))
		for _, c := range exchanges() {
			t.Run(c.name, func(t *testing.T) {
				w := get(a, c.tier, c.target)
				if problemStatus(w) != 0 {
					sameProblem(t, c.want, w)
					return
				}
				if diff := cmp.Diff(c.want, w.Body.String()); diff != "" || w.Code != http.StatusOK {
					t.Errorf("%s %s: status %d (-want +got):\n%s", c.tier, c.target, w.Code, diff)
				}
			})
		}
	})
}

// exchange is a request of a tier and the whole body of its answer.
type exchange struct{ name, tier, target, want string }

func exchanges() []exchange { return slices.Concat(lookups(), searches(), rowsAndLists()) }

func lookups() []exchange {
	return []exchange{
		{"lookup exact, whatever the case", "BASIC", "/v1/ingredient/inci?q=salicylic%20acid",
			`{"success":true,"count":1,"data":[{` + salicylic + `}],` +
				`"meta":{"tier":"BASIC","match":"exact","limit":3,"next_cursor":null,"more_fields_in":"PRO",` + info},
		{"lookup exact, plus is a space, alias of the parameter", "PRO", "/v1/ingredient/inci?query=Salicylic+Acid",
			`{"success":true,"count":1,"data":[{` + salicylic + `,"ec":["200-712-3"],"annex":["III/98","V/3"]}],` +
				`"meta":{"tier":"PRO","match":"exact","limit":5,"next_cursor":null,"more_fields_in":"ULTRA",` + info},
		{"lookup of a name with synonyms", "BASIC", "/v1/ingredient/inci?q=Water",
			`{"success":true,"count":2,"data":[{` + aqua + `,"match":"synonym"},{` + water + `}],` +
				`"meta":{"tier":"BASIC","match":"exact","limit":3,"next_cursor":null,"more_fields_in":"PRO",` + info},
		{"lookup of a name that is only a synonym", "BASIC", "/v1/ingredient/inci?q=eau",
			`{"success":true,"count":2,"data":[{` + aqua + `,"match":"synonym"},{` + water + `,"match":"synonym"}],` +
				`"meta":{"tier":"BASIC","match":"synonym","limit":3,"next_cursor":null,"more_fields_in":"PRO",` + info},
		{"lookup by prefix when nothing is exact", "BASIC", "/v1/ingredient/inci?q=glyceri&limit=9",
			`{"success":true,"count":2,"data":[{` + glycerin + `},{` + copolymer + `}],` +
				`"meta":{"tier":"BASIC","match":"prefix","limit":3,"next_cursor":null,"more_fields_in":"PRO",` + info},
		{"lookup exact wins over prefix", "BASIC", "/v1/ingredient/inci?q=glycerin",
			`{"success":true,"count":1,"data":[{` + glycerin + `}],` +
				`"meta":{"tier":"BASIC","match":"exact","limit":3,"next_cursor":null,"more_fields_in":"PRO",` + info},
		{"lookup finds nothing", "BASIC", "/v1/ingredient/inci?q=nothing",
			`{"success":true,"count":0,"data":[],"meta":{"tier":"BASIC","limit":3,"next_cursor":null,"more_fields_in":"PRO",` + info},
		{"lookup of a wildcard is ordinary text", "BASIC", "/v1/ingredient/inci?q=%25%25",
			`{"type":"about:blank","title":"Bad Request","status":400,"detail":"parameter q: at least 2 characters"}`},
		{"lookup of a name made of wildcards and quotes", "BASIC", "/v1/ingredient/inci?q=100%25+%3CPURE%3E_%5C'OIL%22",
			`{"success":true,"count":1,"data":[{` + oil + `}],` +
				`"meta":{"tier":"BASIC","match":"exact","limit":3,"next_cursor":null,"more_fields_in":"PRO",` + info},
		{"prefix is not tried for a tier without it", "BASIC", "/v1/ingredient/cas?q=31694",
			`{"success":true,"count":0,"data":[],"meta":{"tier":"BASIC","limit":3,"next_cursor":null,"more_fields_in":"PRO",` + info},
		{"prefix for a tier with it", "ULTRA", "/v1/ingredient/cas?q=7732",
			`{"success":true,"count":2,"data":[{` + aqua + `,"ec":["231-791-2"],"molar_mass":18.015,"description":"Water"},{` + water + `}],` +
				`"meta":{"tier":"ULTRA","match":"prefix","limit":20,"next_cursor":null,"more_fields_in":"MEGA",` + info},
	}
}

func searches() []exchange {
	return []exchange{
		{"a hidden column is searched and not served", "MEGA", "/v1/ingredient/secret?q=alpha",
			`{"success":true,"count":1,"data":[{` + salicylic + `,"ec":["200-712-3"],"annex":["III/98","V/3"],"molar_mass":138.12,` +
				`"mineral":false,"description":"2-Hydroxybenzoic acid","cas_raw":"69-72-7 (acid)"}],` +
				`"meta":{"tier":"MEGA","match":"exact","limit":50,"next_cursor":null,` + info},
		{"search contains", "PRO", "/v1/ingredient/contains?q=oxyeth",
			`{"success":true,"count":1,"data":[{` + phenoxy + `,"ec":["204-589-7"],"annex":["V/29"]}],` +
				`"meta":{"tier":"PRO","match":"contains","limit":5,"next_cursor":null,"more_fields_in":"ULTRA",` + info},
		{"search over columns of two folds", "PRO", "/v1/ingredient/contains?q=%EC%8B%9C%20%EC%97%90%ED%83%84",
			`{"success":true,"count":1,"data":[{` + phenoxy + `,"ec":["204-589-7"],"annex":["V/29"]}],` +
				`"meta":{"tier":"PRO","match":"contains","limit":5,"next_cursor":null,"more_fields_in":"ULTRA",` + info},
		{"search decomposed Hangul", "PRO", "/v1/ingredient/contains?q=%E1%84%8E%E1%85%A6%E1%86%A8%E1%84%8E%E1%85%A6%E1%86%A8%E1%84%8E%E1%85%A6%E1%86%A8",
			`{"success":true,"count":0,"data":[],"meta":{"tier":"PRO","limit":5,"next_cursor":null,"more_fields_in":"ULTRA",` + info},
		{"search exact in the columns picked", "BASIC", "/v1/ingredient/search?q=formalin&field=inci",
			`{"success":true,"count":0,"data":[],"meta":{"tier":"BASIC","limit":3,"next_cursor":null,"more_fields_in":"PRO",` + info},
		{"search in any column, status asked for", "MEGA", "/v1/ingredient/search?q=formalin&status=prohibited",
			`{"success":true,"count":1,"data":[{` + formaldehyde + `,"ec":["200-001-8"],"annex":["II/1577"],"molar_mass":30.026}],` +
				`"meta":{"tier":"MEGA","match":"exact","limit":50,"next_cursor":null,` + info},
		{"search leaves out rows of values that are not allowed", "ULTRA", "/v1/ingredient/search?q=formalin&mode=exact",
			`{"success":true,"count":0,"data":[],"meta":{"tier":"ULTRA","limit":20,"next_cursor":null,"more_fields_in":"MEGA",` + info},
	}
}

func rowsAndLists() []exchange {
	return []exchange{
		{"get", "BASIC", "/v1/ingredient/34041", one(glycereth3, `"tier":"BASIC","more_fields_in":"PRO"`)},
		{"get with control characters in the data", "MEGA", "/v1/ingredient/99001",
			one(oil+`,"description":"line one\nline two\u2028\u0001"`, `"tier":"MEGA"`)},
		{"get of a key that is not there", "BASIC", "/v1/ingredient/1",
			`{"type":"about:blank","title":"Not Found","status":404,"detail":"no row has this key"}`},
		{"joined, a value without a row stays", "PRO", "/v1/ingredient/38579/regulations",
			`{"success":true,"count":3,"data":[{"code":"III/321","annex":"III"},{"code":"IV/143","annex":"IV"},{"code":"VI/27"}],` +
				`"meta":{"tier":"PRO","limit":5,"next_cursor":null,"more_fields_in":"ULTRA",` + info},
		{"joined, filtered", "ULTRA", "/v1/ingredient/37595/regulations?annex=V",
			`{"success":true,"count":1,"data":[{"code":"V/3","annex":"V","text":"Salicylic acid and its salts: 0,5 %"}],` +
				`"meta":{"tier":"ULTRA","limit":20,"next_cursor":null,` + info},
		{"joined, none", "PRO", "/v1/ingredient/31959/regulations",
			`{"success":true,"count":0,"data":[],"meta":{"tier":"PRO","limit":5,"next_cursor":null,"more_fields_in":"ULTRA",` + info},
		{"joined to a key that is not there", "PRO", "/v1/ingredient/1/regulations",
			`{"type":"about:blank","title":"Not Found","status":404,"detail":"no row has this key"}`},
		{"values", "MEGA", "/v1/function",
			`{"success":true,"count":6,"data":[{"value":"HUMECTANT","slug":"humectant","count":5},` +
				`{"value":"KERATOLYTIC","slug":"keratolytic","count":1},{"value":"OPACIFYING","slug":"opacifying","count":1},` +
				`{"value":"PRESERVATIVE","slug":"preservative","count":2},{"value":"SOLVENT","slug":"solvent","count":7},` +
				`{"value":"UV FILTER","slug":"uv-filter","count":1}],` +
				`"meta":{"tier":"MEGA","limit":50,"next_cursor":null,` + info},
		{"values, the first page alone", "BASIC", "/v1/function",
			`{"success":true,"count":3,"data":[{"value":"HUMECTANT","slug":"humectant","count":5},` +
				`{"value":"KERATOLYTIC","slug":"keratolytic","count":1},{"value":"OPACIFYING","slug":"opacifying","count":1}],` +
				`"meta":{"tier":"BASIC","limit":3,"next_cursor":null,"more_rows_in":"PRO",` + info},
		{"list in order, the first page alone", "BASIC", "/v1/function/humectant",
			`{"success":true,"count":3,"data":[{` + glycereth12 + `},{` + glycereth3 + `},{` + glycereth5 + `}],` +
				`"meta":{"tier":"BASIC","limit":3,"next_cursor":null,"more_rows_in":"PRO","more_fields_in":"PRO",` + info},
		{"list, all of it", "ULTRA", "/v1/function/uv-filter",
			`{"success":true,"count":1,"data":[{"ref":38579,"inci_name":"TITANIUM DIOXIDE","kr_names":["티타늄디옥사이드"],` +
				`"aliases":["CI 77891","PIGMENT WHITE 6"],"cas":["13463-67-7"],"functions":["OPACIFYING","UV FILTER"],` +
				`"regulation_status":"restricted","ec":["236-675-5"],"annex":["III/321","IV/143","VI/27"],"molar_mass":79.866,"mineral":true}],` +
				`"meta":{"tier":"ULTRA","limit":20,"next_cursor":null,"more_fields_in":"MEGA",` + info},
		{"list by a value that is allowed", "BASIC", "/v1/status?s=preservative",
			`{"success":true,"count":1,"data":[{` + phenoxy + `}],` +
				`"meta":{"tier":"BASIC","limit":3,"next_cursor":null,"more_fields_in":"PRO",` + info},
		{"stats", "BASIC", "/v1/stats",
			`{"success":true,"count":1,"data":[{"rows":{"ingredient":13},"values":{"regulation_status":[` +
				`{"value":"not-listed","slug":"not-listed","count":9},{"value":"preservative","slug":"preservative","count":1},` +
				`{"value":"prohibited","slug":"prohibited","count":1},{"value":"restricted","slug":"restricted","count":2}],` +
				`"functions":[{"value":"HUMECTANT","slug":"humectant","count":5},{"value":"KERATOLYTIC","slug":"keratolytic","count":1},` +
				`{"value":"OPACIFYING","slug":"opacifying","count":1},{"value":"PRESERVATIVE","slug":"preservative","count":2},` +
				`{"value":"SOLVENT","slug":"solvent","count":7},{"value":"UV FILTER","slug":"uv-filter","count":1}]}}],` +
				`"meta":{"tier":"BASIC","dataset":{"name":"cosmetics","version":"2021-12-15","date":"2021-12-15","licence":"CC BY 4.0",` +
				`"attribution":"Facts from the CosIng database of the European Commission.","disclaimer":"Reference only, not legal advice."}}}` + "\n"},
	}
}
