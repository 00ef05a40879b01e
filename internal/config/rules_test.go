package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each case replaces keys of a configuration that is otherwise valid in prod.
func TestEveryRuleOfTheFile(t *testing.T) {
	for name, tt := range map[string]struct {
		yaml string
		want string // "kind key", several separated by "; "
	}{
		"valid":                         {"", ""},
		"unknown env":                   {"env: production", "invalid env"},
		"empty env":                     {`env: ""`, "missing env"},
		"env of another type":           {"env: [prod]", "invalid env"},
		"null env":                      {"env:", "missing env"},
		"unknown key":                   {"listne: x", "unknown listne"},
		"unknown key inside":            {"server: {max_conections: 3}", "unknown server.max_conections"},
		"duplicate key":                 {"listen: :80\nlisten: :81", "invalid listen"},
		"duplicate key inside":          {"log: {level: info, level: debug}", "invalid log.level"},
		"duplicate alias":               {"tier_aliases: {X: PRO, X: MEGA}", "invalid tier_aliases.X"},
		"anchor":                        {"listen: &a :80", "invalid listen"},
		"alias":                         {"listen: &a :80\nstate_dir: *a", "invalid listen; invalid state_dir"},
		"tag":                           {"listen: !!str :80", "invalid listen"},
		"merge key":                     {"<<: {listen: x}", "invalid (file)"},
		"key that is a list":            {"? [a]\n: b", "invalid (file)"},
		"number for text":               {"listen: 8080", "invalid listen"},
		"quoted number":                 {`replicas: "2"`, "invalid replicas"},
		"fraction":                      {"replicas: 1.5", "invalid replicas"},
		"hexadecimal":                   {"replicas: 0x10", "invalid replicas"},
		"yes for true":                  {"hsts: {preload: yes}", "invalid hsts.preload"},
		"duration without unit":         {"query: {deadline: 2}", "invalid query.deadline"},
		"negative duration":             {"query: {deadline: -2s}", "invalid query.deadline"},
		"size in another unit":          {"query: {max_bytes: 1MB}", "invalid query.max_bytes"},
		"size beyond numbers":           {"query: {max_bytes: 99999999999GiB}", "invalid query.max_bytes"},
		"text for list":                 {"hosts: api.example.com", "invalid hosts"},
		"list for struct":               {"server: [1]", "invalid server"},
		"map of numbers":                {"tier_aliases: {X: 1}", "invalid tier_aliases[X]"},
		"no hosts":                      {"hosts: []", "missing hosts"},
		"loopback host":                 {"hosts: [localhost]", "prohibited hosts[0]"},
		"loopback address as host":      {`hosts: ["::1", 127.0.0.2]`, "prohibited hosts[0]; prohibited hosts[1]"},
		"mapped loopback as host":       {`hosts: ["::ffff:127.0.0.1"]`, "prohibited hosts[0]"},
		"wildcard host":                 {`hosts: ["*.example.com"]`, "invalid hosts[0]"},
		"host with port":                {"hosts: [\"api.example.com:443\"]", "invalid hosts[0]"},
		"host in capitals":              {"hosts: [API.example.com]", "invalid hosts[0]"},
		"host twice":                    {"hosts: [a.example.com, a.example.com]", "invalid hosts[1]"},
		"listen without port":           {"listen: 127.0.0.1", "invalid listen"},
		"listen on a name":              {"listen: api.example.com:80", "invalid listen"},
		"listen on port 65536":          {"listen: :65536", "invalid listen"},
		"switch of the log":             {"log: {query: yes}", "invalid log.query"},
		"hidden client":                 {"log: {client: off}", ""},
		"private on every address":      {`private: {listen: ":9464"}`, "prohibited private.listen"},
		"private on a public address":   {"private: {listen: 192.0.2.1:9464}", "prohibited private.listen"},
		"private on loopback":           {`private: {listen: "[::1]:9464"}`, ""},
		"private on a relative socket":  {"private: {listen: unix:private.sock}", "invalid private.listen"},
		"private by name":               {"private: {listen: metrics.example.com:80}", "invalid private.listen"},
		"private turned off":            {"private: {listen: off}", ""},
		"target without kind":           {"alerts: {targets: [{name: a}]}", "missing alerts.targets[0].kind"},
		"target of another kind":        {"alerts: {targets: [{name: a, kind: mail}]}", "invalid alerts.targets[0].kind"},
		"target without name":           {"alerts: {targets: [{kind: slack}]}", "missing SLACK_WEBHOOK_URL; missing alerts.targets[0].name"},
		"target without secret":         {`alerts: {targets: [{name: a, kind: telegram, chat: "1"}]}`, "missing TELEGRAM_BOT_TOKEN"},
		"telegram without chat":         {"alerts: {targets: [{name: a, kind: telegram}]}", "missing TELEGRAM_BOT_TOKEN; missing alerts.targets[0].chat"},
		"chat by a person's name":       {"alerts: {targets: [{name: a, kind: telegram, chat: me}]}", "invalid alerts.targets[0].chat; missing TELEGRAM_BOT_TOKEN"},
		"unknown severity":              {"alerts: {targets: [{name: a, kind: slack, minimum: all}]}", "invalid alerts.targets[0].minimum; missing SLACK_WEBHOOK_URL"},
		"unlimited messages":            {"alerts: {targets: [{name: a, kind: slack, daily: 0}]}", "invalid alerts.targets[0].daily; missing SLACK_WEBHOOK_URL"},
		"bot API without TLS":           {"alerts: {telegram_api: http://api.example.com}", "invalid alerts.telegram_api"},
		"drop of more than all":         {"dataset: {file: d, description: d, max_drop: 101}", "invalid dataset.description; invalid dataset.file; invalid dataset.max_drop"},
		"dataset watched all the time":  {"dataset: {file: d, description: d, watch: 1ms}", "invalid dataset.description; invalid dataset.file; invalid dataset.watch"},
		"neither TLS nor proxy":         {"trusted_proxies: []", "missing tls"},
		"everybody is a proxy":          {"trusted_proxies: [0.0.0.0/0]", "prohibited trusted_proxies[0]"},
		"half of everybody":             {"trusted_proxies: [128.0.0.0/1]", "prohibited trusted_proxies[0]"},
		"everybody in IPv6":             {`trusted_proxies: ["::/0"]`, "prohibited trusted_proxies[0]"},
		"everybody mapped":              {`trusted_proxies: ["::ffff:0:0/96"]`, "prohibited trusted_proxies[0]"},
		"proxy by name":                 {"trusted_proxies: [proxy]", "invalid trusted_proxies[0]"},
		"bits behind the mask":          {"trusted_proxies: [10.1.2.3/8]", "invalid trusted_proxies[0]"},
		"certificate without key":       {"tls: {certificate: data.db}", "missing tls.key"},
		"key without certificate":       {"tls: {key: data.db}", "missing tls.certificate"},
		"certificate that is none":      {"tls: {certificate: data.db, key: data.db}", "invalid tls.certificate"},
		"certificate that is not there": {"tls: {certificate: c.pem, key: k.pem}", "invalid tls.certificate"},
		"preload without subdomains":    {"hsts: {preload: true}", "invalid hsts.preload"},
		"no time of HSTS":               {"hsts: {max_age: 0s}", "invalid hsts.max_age"},
		"no replicas":                   {"replicas: 0", "invalid replicas"},
		"no dataset":                    {"dataset: {}", "missing dataset.description; missing dataset.file"},
		"dataset that is not there":     {"dataset: {file: x.db, description: data.yaml}", "invalid dataset.file"},
		"dataset that is a folder":      {"dataset: {file: ., description: data.yaml}", "invalid dataset.file"},
		"unknown preset":                {"marketplace: {preset: other}", "invalid marketplace.preset"},
		"header with a space":           {`marketplace: {user_header: "X User"}`, "invalid marketplace.user_header"},
		"header of HTTP":                {"marketplace: {user_header: host}", "prohibited marketplace.user_header"},
		"header of proxies":             {"marketplace: {secret_header: X-Forwarded-For}", "prohibited marketplace.secret_header"},
		"one header for two things":     {"marketplace: {user_header: X-A, tier_header: x-a}", "invalid marketplace.tier_header"},
		"no tiers":                      {"tiers: []", "invalid tiers"},
		"tier without limits":           {"tiers: [{name: A}]", "missing tiers[0].limits"},
		"tier without name":             {"tiers: [{limits: [{name: m, quota: 1, window: 1s}]}]", "missing tiers[0].name"},
		"two tiers of one name":         {"tiers: [{name: A, limits: [{name: m, quota: 1, window: 1s}]}, {name: a, limits: [{name: m, quota: 1, window: 1s}]}]", "invalid tiers[1].name"},
		"two policies of one name":      {"tiers: [{name: A, limits: [{name: m, quota: 1, window: 1s}, {name: m, quota: 1, window: 1s}]}]", "invalid tiers[0].limits[1].name"},
		"five policies":                 {"tiers: [{name: A, limits: [{name: a, quota: 1, window: 1s}, {name: b, quota: 1, window: 1s}, {name: c, quota: 1, window: 1s}, {name: d, quota: 1, window: 1s}, {name: e, quota: 1, window: 1s}]}]", "invalid tiers[0].limits"},
		"policy without quota":          {"tiers: [{name: A, limits: [{name: m, window: 1s}]}]", "missing tiers[0].limits[0].quota"},
		"policy without window":         {"tiers: [{name: A, limits: [{name: m, quota: 1}]}]", "missing tiers[0].limits[0].window"},
		"no quota":                      {"tiers: [{name: A, limits: [{name: m, quota: 0, window: 1s}]}]", "invalid tiers[0].limits[0].quota"},
		"half a second":                 {"tiers: [{name: A, limits: [{name: m, quota: 1, window: 500ms}]}]", "invalid tiers[0].limits[0].window"},
		"none in flight":                {"tiers: [{name: A, in_flight: 0, limits: [{name: m, quota: 1, window: 1s}]}]", "invalid tiers[0].in_flight"},
		"tier name with a space":        {`tiers: [{name: "A B", limits: [{name: m, quota: 1, window: 1s}]}]`, "invalid tiers[0].name"},
		"alias of no tier":              {"tier_aliases: {CUSTOM: MGEA}", "invalid tier_aliases[CUSTOM]"},
		"alias that is a tier":          {"tier_aliases: {pro: MEGA}", "invalid tier_aliases[pro]"},
		"alias in two spellings":        {"tier_aliases: {custom: MEGA, CUSTOM: MEGA}", "invalid tier_aliases[custom]"},
		"override with no tier":         {"tier_overrides: {someone: GOLD}", "invalid tier_overrides[someone]"},
		"override of a spaced name":     {`tier_overrides: {"some one": PRO}`, "invalid tier_overrides[some one]"},
		"every origin":                  {`cors: {origins: ["*"]}`, "prohibited cors.origins[0]"},
		"null origin":                   {`cors: {origins: ["null"]}`, "prohibited cors.origins[0]"},
		"origin pattern":                {`cors: {origins: ["https://*.example.com"]}`, "prohibited cors.origins[0]"},
		"origin with path":              {`cors: {origins: ["https://example.com/"]}`, "invalid cors.origins[0]"},
		"origin with default port":      {`cors: {origins: ["https://example.com:443"]}`, "invalid cors.origins[0]"},
		"origin without https":          {`cors: {origins: ["http://example.com"]}`, "prohibited cors.origins[0]"},
		"origin with password":          {`cors: {origins: ["https://u:p@example.com"]}`, "prohibited cors.origins[0]"},
		"no failure budget":             {"failure_budget: {quota: 0}", "invalid failure_budget.quota"},
		"no room for customers":         {"limits_capacity: 0", "invalid limits_capacity"},
		"no connections":                {"server: {max_connections: 0}", "invalid server.max_connections"},
		"no timeout":                    {"server: {read_header_timeout: 0s}", "invalid server.read_header_timeout"},
		"endless timeout":               {"server: {idle_timeout: 300h}", "invalid server.idle_timeout"},
		"header after the body":         {"server: {read_header_timeout: 20s, read_timeout: 10s}", "invalid server.read_header_timeout"},
		"query longer than its answer":  {"query: {deadline: 40s}", "invalid query.deadline"},
		"header larger than net/http's": {"server: {max_header: 128KiB}", "invalid server.max_header"},
		"no bytes":                      {"query: {max_bytes: 0}", "invalid query.max_bytes"},
		"unknown level":                 {"log: {level: verbose}", "invalid log.level"},
		"secret under its own name":     {"RAPIDAPI_PROXY_SECRET: " + goodSecret, "prohibited RAPIDAPI_PROXY_SECRET"},
		"secret key":                    {"marketplace: {secret: hunter2}", "prohibited marketplace.secret"},
		"password key":                  {"password: hunter2", "prohibited password"},
		"secret in another key":         {"log: {output: " + otherSecret + "}", "prohibited log.output"},
		"UUID":                          {"state_dir: 3f1c9a70-2f44-11ee-be56-0242ac120002", "prohibited state_dir"},
		"secret in a list":              {"hosts: [" + otherSecret + "]", "prohibited hosts[0]"},
		"own secret in a comment":       {"# " + goodSecret, "prohibited (file)"},
		"everything at once": {"env: staging\nhosts: []\ntrusted_proxies: [0.0.0.0/0]\nlogs: {}\nreplicas: 0",
			"invalid env; invalid replicas; missing hosts; prohibited trusted_proxies[0]; unknown logs"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeployment(t)
			d.configure(tt.yaml)
			if diff := cmp.Diff(tt.want, strings.Join(d.mistakes(), "; ")); diff != "" {
				_, err := d.load()
				t.Errorf("mistakes (-want +got):\n%s\n%v", diff, err)
			}
		})
	}
}

func TestNotYAML(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"flow that does not end": {"hosts: [a\nb: 2\n", "sallyport.yaml:2: (file): is not YAML"},
		"unknown anchor":         {"hosts: *" + goodSecret + "\n", "sallyport.yaml:1: (file): is not one YAML document"},
		"two documents":          {"env: dev\n---\nenv: prod\n", "expected single document"},
		"NUL":                    {"\x00", "control characters"},
		"invalid UTF-8":          {"a: \xff\n", "UTF-8"},
		"list":                   {"- a\n", "is not a mapping"},
		"text":                   {"hello\n", "is not a mapping"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeployment(t)
			d.write(FileName, tt.text, 0o644)
			_, err := d.load()
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), goodSecret) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestMistakesSayWhereAndHow(t *testing.T) {
	d := newDeployment(t)
	d.configure("listne: x\nread_timeout: 3s\nserver:\n  max_url: 1\n  idle_timout: 3s\nmarketplace:\n  proxy_secret: abc\n")
	d.environ["SALLYPORT_LISTN"] = "x"
	d.environ["SALLYPORT_REPLICAS"] = "many"
	d.options.Flags = map[string]string{"log.level": "loud"}
	_, err := d.load()
	for _, want := range []string{
		FileName + ":1: listne: unknown key; hint: did you mean listen?",
		FileName + ":2: read_timeout: unknown key; hint: did you mean server.read_timeout?",
		FileName + `:4: server.max_url = "1": is not between 256 and 32KiB`,
		FileName + ":5: server.idle_timout: unknown key; hint: did you mean idle_timeout?",
		FileName + ":7: marketplace.proxy_secret: secrets never stand in this file; hint: remove it here and give it by the environment, such as RAPIDAPI_PROXY_SECRET,",
		"env: SALLYPORT_LISTN: unknown variable; hint: did you mean SALLYPORT_LISTEN?",
		`env SALLYPORT_REPLICAS: replicas = "many": is not a whole number`,
		`flag --log-level: log.level = "loud": is none of debug, info, warn, error`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no line %q in:\n%v", want, err)
		}
	}
}
