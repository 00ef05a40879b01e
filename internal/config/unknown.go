package config

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

// unknown reports a key called name that does not exist inside the key holder. One that was meant for a
// secret is prohibited. Its value is never repeated.
func (b *binder) unknown(at *yaml.Node, holder, name string, in reflect.Value) {
	e := &Error{Key: join(holder, printable(name)), Kind: Unknown, Origin: b.at(at), Problem: "unknown key"}
	if near := nearestKey(name, in); near != "" {
		e.Hint = "did you mean " + near + "?"
	} else if namesSecret(name) {
		e.Kind, e.Problem, e.Hint = Prohibited, "secrets never stand in this file", secretHint(name)
	}
	b.fail(e)
}

// secretHint says where a secret belongs that was found under key.
func secretHint(key string) string {
	name := rapidAPISecretName
	switch key = strings.ToUpper(key); {
	case strings.Contains(key, keyName):
		name = keyName
	case strings.Contains(key, genericSecretName):
		name = genericSecretName
	}
	return "remove it here and give it by the environment, such as " + name + ", or a file named by " + name + fileSuffix +
		"; a secret that was committed must be changed"
}

// nearestKey returns the sibling that name was probably meant to be, or the key elsewhere of the same name.
func nearestKey(name string, in reflect.Value) string {
	var siblings []string
	for field := range in.Type().Fields() {
		siblings = append(siblings, field.Tag.Get("yaml"))
	}
	if near := nearest(name, siblings); near != "" {
		return near
	}
	for _, k := range Keys() {
		if k.Name[strings.LastIndex(k.Name, ".")+1:] == name {
			return k.Name
		}
	}
	return ""
}

// nearest returns the candidate with the least edit distance to name, or "" when none is near.
func nearest(name string, candidates []string) string {
	best, least := "", len(name)/3+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d <= least && (best == "" || d < least) {
			best, least = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes, of names that are at most 100 bytes long.
func distance(a, b string) int {
	const tooLong = 100
	if len(a) > tooLong || len(b) > tooLong {
		return tooLong
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
