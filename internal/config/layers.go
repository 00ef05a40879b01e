package config

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// readEnvironment lays the SALLYPORT_ variables, and PORT, over the file.
func (l *loader) readEnvironment() {
	known := map[string]string{}
	for _, k := range Keys() {
		if k.Env() != "" {
			known[k.Env()] = k.Name
		}
	}
	l.readPort()
	for _, name := range l.sortedEnviron() {
		if key, ok := known[name]; ok {
			l.override(key, l.environ[name], Origin{Source: FromEnvironment, Name: name})
		} else if !ignoredVariable(name) {
			l.unknownVariable(name, known)
		}
	}
}

func (l *loader) sortedEnviron() []string {
	var names []string
	for name := range l.environ {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// readPort honours PORT, by which platforms tell a program where to listen. SALLYPORT_LISTEN says more.
func (l *loader) readPort() {
	port, ok := l.environ["PORT"]
	if !ok {
		return
	}
	origin := Origin{Source: FromEnvironment, Name: "PORT"}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		l.fail(&Error{Key: "listen", Value: show(port), Kind: Invalid, Origin: origin, Problem: "PORT is not a port number"})
		return
	}
	l.config.Listen = ":" + port // settleListen adds the loopback address in dev
	l.config.origins["listen"] = origin
}

// ignoredVariable says whether a variable is none of ours: not our prefix, the secrets, what the command and
// the tests read, and what Kubernetes sets for a service that is named sallyport.
func ignoredVariable(name string) bool {
	return !strings.HasPrefix(name, envPrefix) || isSecretVariable(name) || name == "SALLYPORT_CONFIG" || name == "SALLYPORT_HEALTH_URL" ||
		strings.HasPrefix(name, "SALLYPORT_TEST_") || isServiceLink(name)
}

func isServiceLink(name string) bool {
	found, err := regexp.MatchString(`^SALLYPORT_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`, name)
	return err == nil && found
}

func isSecretVariable(name string) bool {
	name = strings.TrimSuffix(name, fileSuffix)
	return slices.ContainsFunc(SecretNames(), func(s SecretName) bool { return s.Name == name })
}

func (l *loader) unknownVariable(name string, known map[string]string) {
	e := &Error{Key: name, Kind: Unknown, Origin: Origin{Source: FromEnvironment}, Problem: "unknown variable"}
	var names []string
	for n := range known {
		names = append(names, n)
	}
	for _, s := range SecretNames() {
		names = append(names, s.Name, s.Name+fileSuffix)
	}
	slices.Sort(names)
	if near := nearest(name, names); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	l.fail(e)
}

// readFlags lays the flags over everything.
func (l *loader) readFlags() {
	if l.options.Dev {
		l.override("env", string(Dev), Origin{Source: FromFlag, Name: "--dev"})
	}
	var names []string
	for name := range l.options.Flags {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		origin := Origin{Source: FromFlag, Name: "--" + strings.NewReplacer(".", "-", "_", "-").Replace(name)}
		switch isKey := slices.ContainsFunc(Keys(), func(k Key) bool { return k.Name == name && k.Env() != "" }); {
		case !isKey:
			l.fail(&Error{Key: name, Kind: Unknown, Origin: origin, Problem: "unknown key"})
		case name == "env" && l.options.Dev && l.options.Flags[name] != string(Dev):
			l.fail(&Error{Key: name, Value: show(l.options.Flags[name]), Kind: Invalid, Origin: origin, Problem: "contradicts --dev"})
		default:
			l.override(name, l.options.Flags[name], origin)
		}
	}
}

// override sets a key from text, and forgets what the layers below said about it.
func (l *loader) override(key, text string, origin Origin) {
	for name := range l.config.origins {
		if strings.HasPrefix(name, key+"[") {
			delete(l.config.origins, name)
		}
	}
	l.config.origins[key] = origin
	if text == "" {
		l.fail(&Error{Key: key, Kind: Missing, Origin: origin, Problem: "is empty", Hint: "give a value, or leave it out"})
		return
	}
	v := l.field(key)
	fresh := reflect.New(v.Type()).Elem()
	if err := setText(fresh, text); err != nil {
		l.fail(&Error{Key: key, Value: show(text), Kind: Invalid, Origin: origin, Problem: err.Error()})
		return
	}
	v.Set(fresh)
}
