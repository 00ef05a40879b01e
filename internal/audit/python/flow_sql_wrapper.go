package python

import (
	"slices"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
)

// queryWrapping are functions of a project that run the query which they are given, by the name of that parameter.
type queryWrapping map[*python.FunctionDef]string

// queryWrappers finds def run(sql, *values): cursor.execute(sql, values).
func queryWrappers(p *audit.Project) queryWrapping {
	found := queryWrapping{}
	for _, sc := range scopesOf(p) {
		if sc.top {
			continue
		}
		ownCallsIn(sc, func(c *python.Call) {
			name := plain(sc.query(c))
			if name != "" && parameterOf(sc.def, name) != nil && isMethod(c, "execute", "executemany", "executescript", "fetch", "fetchrow", "fetchval", "execute_fetchall", "exec_driver_sql") {
				found[sc.def] = name
			}
		})
	}
	return found
}

// query returns what a call hands to such a function, or nil.
func (w queryWrapping) query(all *units, u *unit, c *python.Call) python.Expr {
	f, _ := all.callee(u, c)
	name, ok := w[f]
	if f == nil || !ok {
		return nil
	}
	parameters := slices.Concat(f.Args.PosOnlyArgs, f.Args.Args)
	if len(parameters) > 0 && (parameters[0].Arg == "self" || parameters[0].Arg == "cls") {
		parameters = parameters[1:]
	}
	return argument(c, slices.IndexFunc(parameters, func(a *python.Arg) bool { return a.Arg == name }), name)
}

// extraParts are the parts of a query that extra() of Django takes as they are.
func extraParts(c *python.Call) []python.Expr {
	if !isMethod(c, "extra") {
		return nil
	}
	var parts []python.Expr
	for _, name := range []string{"where", "tables"} {
		parts = append(parts, elements(keyword(c, name))...)
	}
	if d, ok := keyword(c, "select").(*python.Dict); ok {
		parts = append(parts, d.Values...)
	}
	return parts
}
