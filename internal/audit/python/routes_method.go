package python

import (
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// requiredMethods are those that a decorator of Django leaves: @require_POST, @require_http_methods(["GET", "POST"]).
func requiredMethods(decorator python.Expr) []string {
	switch last(calledName(decorator)) {
	case "require_POST":
		return []string{"POST"}
	case "require_GET", "require_safe":
		return []string{"GET"}
	case "require_http_methods", "api_view":
		c, ok := decorator.(*python.Call)
		if !ok {
			return nil
		}
		var list []string
		for _, m := range elements(argument(c, 0, "http_method_names")) {
			if verb, ok := text(m); ok {
				list = append(list, strings.ToUpper(verb))
			}
		}
		return list
	}
	return nil
}
