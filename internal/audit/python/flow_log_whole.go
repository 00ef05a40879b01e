package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// secretWhole knows what holds a secret without being called one: a link that was made with a token, the body of a
// request with a password, a model with such a field, a key of the settings, and a key that is only compared.
func (sc *scope) secretWhole(all *units, e python.Expr) string {
	name := plain(e)
	if sc.isKeyOfSettings(e) || sc.isPresentedKey(name) {
		return "The secret " + name
	}
	if what := sc.secretBody(e); what != "" {
		return what
	}
	if a := parameterOf(sc.def, name); a != nil && all.hasSecretField(sc.unit, a.Annotation) {
		return "The whole of " + name + ", its secrets included,"
	}
	switch v := sc.local[name].(type) {
	case *python.JoinedStr, *python.BinOp:
		return sc.secretPart(all, v)
	case *python.Call:
		if short := last(calledName(v)); short == "format" || short == "url_for" || short == "urljoin" || short == "reverse" {
			return sc.secretPart(all, v)
		}
		return sc.parsedBody(v)
	}
	return ""
}

// secretPart names the secret that a value is made with. Names that are not those of secrets are not followed again.
func (sc *scope) secretPart(all *units, e python.Expr) string {
	what := ""
	python.Inspect(e, func(n python.Node) bool {
		switch n := n.(type) {
		case *python.Call:
			short := last(calledName(n))
			if a, ok := n.Func.(*python.Attribute); ok && a.Attr == "get_secret_value" {
				what = or(what, "The secret "+plain(a.Value))
			}
			return short == "format" || short == "url_for" || short == "urljoin" || short == "reverse" || short == "str"
		case *python.Name, *python.Attribute:
			if e, ok := n.(python.Expr); ok && what == "" {
				what = sc.secretName(all, e)
			}
			return false
		}
		return what == ""
	})
	return what
}

// isKeyOfSettings takes settings.model_key, but not settings.cache_key.
func (sc *scope) isKeyOfSettings(e python.Expr) bool {
	a, ok := e.(*python.Attribute)
	if !ok || !isSettingsObject(last(plain(a.Value))) {
		return false
	}
	w := words(a.Attr)
	return len(w) > 1 && w[len(w)-1] == "key" && !slices.Contains(plainKeys(), w[len(w)-2])
}

// isPresentedKey takes a key that the function hashes or compares: somebody showed it, and a wrong one is often a right
// one with a slip.
func (sc *scope) isPresentedKey(name string) bool {
	if w := words(name); len(w) == 0 || !slices.Contains([]string{"key", "token", "credential"}, w[len(w)-1]) || strings.Contains(name, ".") {
		return false
	}
	found := false
	ownCallsIn(sc, func(c *python.Call) {
		compares := slices.ContainsFunc(words(last(plain(c.Func))), func(w string) bool {
			return slices.Contains([]string{"digest", "hash", "sha256", "blake2b", "checkpw", "hashed"}, w)
		})
		found = found || compares && slices.ContainsFunc(arguments(c), func(a python.Expr) bool { return plain(a) == name })
	})
	return found
}

// secretBody takes the whole of what a request sends where the function reads a password or token from it.
func (sc *scope) secretBody(e python.Expr) string {
	name := calledName(e)
	parts := []string{"body", "data", "form", "json", "POST", "get_json", "get_data", "values"}
	base, part, ok := strings.Cut(strings.TrimPrefix(name, "self."), ".")
	if !ok || base != "request" && base != "req" || !slices.Contains(parts, part) || !sc.readsSecretKey() {
		return ""
	}
	return "The whole body of the request, its secrets included,"
}

// parsedBody takes what a body was parsed into: json.loads(request.body), await request.json().
func (sc *scope) parsedBody(e python.Expr) string {
	what := ""
	python.Inspect(e, func(n python.Node) bool {
		if e, ok := n.(python.Expr); ok && what == "" {
			what = sc.secretBody(e)
		}
		return what == ""
	})
	return what
}

// readsSecretKey says whether the function looks up a password or a token by its name.
func (sc *scope) readsSecretKey() bool {
	found := false
	python.Inspect(sc.def, func(n python.Node) bool {
		key := ""
		switch n := n.(type) {
		case *python.Subscript:
			key, _ = text(n.Slice)
		case *python.Call:
			if isMethod(n, "get") {
				key, _ = firstText(n)
			}
		}
		found = found || isSecretName(key) && !isCountOfTokens(key)
		return !found
	})
	return found
}

// hasSecretField says whether a class of the project has a field for a secret that shows itself: no SecretStr.
func (all *units) hasSecretField(u *unit, annotation python.Expr) bool {
	if annotation == nil {
		return false
	}
	class, _ := all.class(u, annotation)
	return class != nil && slices.ContainsFunc(class.Body, func(s python.Stmt) bool {
		a, ok := s.(*python.AnnAssign)
		return ok && isSecretName(plain(a.Target)) && !isCountOfTokens(plain(a.Target)) && !strings.Contains(textOf(a.Annotation), "Secret") &&
			!mentions(a.Annotation, "int") && !mentions(a.Annotation, "bool")
	})
}

// showsStars says whether an attribute is one of a class whose field is a SecretStr, which prints stars.
func (sc *scope) showsStars(all *units, e python.Expr) bool {
	a, ok := e.(*python.Attribute)
	if !ok {
		return false
	}
	made, ok := or2(sc.local[plain(a.Value)], sc.unit.assigned[plain(a.Value)]).(*python.Call)
	owner := sc.unit
	if other, rest := all.find(sc.unit.imports[plain(a.Value)]); !ok && other != nil {
		made, ok = other.assigned[rest].(*python.Call)
		owner = other
	}
	if !ok {
		return false
	}
	class, _ := all.classOf(owner, made, 3)
	return class != nil && slices.ContainsFunc(class.Body, func(s python.Stmt) bool {
		field, ok := s.(*python.AnnAssign)
		return ok && plain(field.Target) == a.Attr && strings.Contains(textOf(field.Annotation), "Secret")
	})
}
