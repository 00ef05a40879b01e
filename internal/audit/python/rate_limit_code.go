package python

import (
	"slices"

	"sallyport/internal/audit/syntax/python"
)

// comparesCode says whether a route that changes something compares a code, PIN or password that it was sent: one that is
// short enough to guess.
func (r *route) comparesCode() bool {
	if !slices.Contains(r.methods, "POST") {
		return false
	}
	found := false
	python.Inspect(r.handler, func(n python.Node) bool {
		if e, ok := n.(python.Expr); ok {
			left, right, _, equal := r.unit.isEqual(e)
			found = found || equal && (r.isGuess(left, right) || r.isGuess(right, left))
		}
		return !found
	})
	return found
}

// isGuess takes a parameter that is called a code, against anything that does not stand in the source.
func (r *route) isGuess(sent, against python.Expr) bool {
	name := plain(unwrap(sent))
	if _, constant := against.(*python.Constant); constant || !slices.Contains(r.parameters, name) || !isText(r.handler, name) {
		return false
	}
	w := words(name)
	return slices.Contains([]string{"code", "pin", "otp", "passcode", "passphrase", "password"}, w[len(w)-1]) && !slices.ContainsFunc(w, func(x string) bool {
		return slices.Contains([]string{"country", "language", "lang", "status", "zip", "postal", "currency", "error", "region", "airport", "color", "product", "item", "promo"}, x)
	})
}

// isText says whether a parameter is not annotated as something else than text.
func isText(f *python.FunctionDef, name string) bool {
	a := parameterOf(f, name)
	return a != nil && (a.Annotation == nil || mentions(a.Annotation, "str") || mentions(a.Annotation, "SecretStr"))
}
