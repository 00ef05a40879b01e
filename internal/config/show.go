package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport/secret"
)

// Entry is one line of the effective configuration.
type Entry struct {
	Key    string
	Value  string // as in the file; a secret is [redacted], a value that is not given is empty
	Origin string // "default", "sallyport.yaml:12", "env SALLYPORT_LISTEN", "flag --listen", or the place of a secret
}

// Entries returns the effective configuration in the order of the file, the secrets last and redacted.
func (c *Config) Entries() []Entry {
	entries := c.entries(nil, reflect.ValueOf(c.Settings), "", Origin{})
	name := c.marketplaceSecretName()
	for _, s := range []struct {
		name, kept string // kept: the file of EnsureDevSecrets
		value      secret.Secret
	}{{keyName, devKeyFile, c.Secrets.Key}, {name, devMarketplaceFile, c.Secrets.Marketplace}, {name + previousSuffix, "", c.Secrets.Previous}} {
		e := Entry{Key: s.name, Origin: c.sources[s.name]}
		switch {
		case !s.value.IsZero():
			e.Value = secret.Redacted
		case c.Env == Dev && s.kept != "" && c.StateDir != "":
			e.Origin = "kept in " + filepath.Join(c.StateDir, s.kept) + ", made by serve"
		}
		entries = append(entries, e)
	}
	for _, s := range c.Secrets.Alerts.list() {
		if !s.value.IsZero() {
			entries = append(entries, Entry{Key: s.name, Value: secret.Redacted, Origin: c.sources[s.name]})
		}
	}
	return entries
}

// OriginOf says where the value of a key came from.
func (c *Config) OriginOf(key string) Origin { return c.origins[key] }

func (c *Config) entries(list []Entry, v reflect.Value, key string, origin Origin) []Entry {
	if own, ok := c.origins[key]; ok {
		origin = own
	}
	switch {
	case v.Kind() == reflect.Struct:
		for field, value := range v.Fields() {
			list = c.entries(list, value, join(key, field.Tag.Get("yaml")), origin)
		}
		return list
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		for i := range v.Len() {
			list = c.entries(list, v.Index(i), index(key, i), origin)
		}
		return list
	}
	if _, own := c.origins[key]; !own && !isRequiredItem(key) {
		origin = Origin{} // a default inside a struct that was given
	}
	return append(list, Entry{Key: key, Value: textOf(v), Origin: origin.String()})
}

// isRequiredItem says whether a key inside a list has no default of its own.
func isRequiredItem(key string) bool {
	return strings.Contains(key, "[") && !slices.Contains([]string{"in_flight", "chat", "events", "minimum", "daily"}, key[strings.LastIndex(key, ".")+1:])
}

// textOf renders a value so that the file would take it.
func textOf(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case time.Duration:
		return formatDuration(value)
	case []string:
		return "[" + strings.Join(value, ", ") + "]"
	case map[string]string:
		return mapText(value)
	case int:
		return strconv.Itoa(value)
	}
	return fmt.Sprint(v.Interface())
}

func mapText(m map[string]string) string {
	pairs := make([]string, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, name+": "+m[name])
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}
