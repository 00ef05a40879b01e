package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// denies says whether a block refuses: it raises, aborts, or returns an error.
func denies(body []python.Stmt) bool {
	found := false
	statements(body, func(s python.Stmt) {
		switch s := s.(type) {
		case *python.Raise:
			found = true
		case *python.Return:
			found = found || isRefusal(s.Value)
		case *python.ExprStmt:
			found = found || isAbort(s.Value)
		}
	})
	return found
}

// isRefusal is False, an answer with a status of 400 and above, or one that says so.
func isRefusal(e python.Expr) bool {
	switch e := e.(type) {
	case nil:
		return false
	case *python.Constant:
		return e.Kind == python.False || e.Kind == python.Int && isErrorStatus(e.Value)
	case *python.Tuple: // jsonify(...), 401
		return slices.ContainsFunc(e.Elts, isRefusal)
	case *python.Await:
		return isRefusal(e.Value)
	case *python.Call:
		name := strings.ToLower(plain(e.Func))
		if isAbort(e) || strings.Contains(name, "unauthorized") || strings.Contains(name, "forbidden") {
			return true
		}
		for _, k := range e.Keywords {
			if (k.Arg == "status_code" || k.Arg == "status") && isErrorExpr(k.Value) {
				return true
			}
		}
		return slices.ContainsFunc(e.Args, isErrorExpr)
	}
	return false
}

func isErrorExpr(e python.Expr) bool {
	if c, ok := e.(*python.Constant); ok {
		return c.Kind == python.Int && isErrorStatus(c.Value)
	}
	name := plain(e)
	return strings.Contains(name, "HTTP_4") || strings.Contains(name, "HTTP_5") || strings.HasSuffix(name, "UNAUTHORIZED") || strings.HasSuffix(name, "FORBIDDEN")
}

func isErrorStatus(v string) bool { return len(v) == 3 && (v[0] == '4' || v[0] == '5') }

// isAbort is a call that ends the request or the program.
func isAbort(e python.Expr) bool {
	if a, ok := e.(*python.Await); ok {
		e = a.Value
	}
	c, ok := e.(*python.Call)
	if !ok {
		return false
	}
	return slices.Contains([]string{"abort", "exit", "send_error", "close", "_exit", "stop"}, last(plain(c.Func)))
}

// allows says whether a block lets the request go on: it returns nothing, True, or what comes next.
func allows(body []python.Stmt) bool {
	if denies(body) || len(body) == 0 {
		return false
	}
	r, ok := body[len(body)-1].(*python.Return)
	if !ok {
		return false
	}
	switch v := r.Value.(type) {
	case nil:
		return true
	case *python.Constant:
		return v.Kind == python.None || v.Kind == python.True || v.Kind == python.String
	case *python.Await:
		return true
	case *python.Call:
		return strings.Contains(plain(v.Func), "call_next") || !isRefusal(v)
	}
	return true
}

// isEqual is a comparison of two values: ==, !=, in, not in, or compare_digest. negated tells that it holds
// when they differ.
func (u *unit) isEqual(e python.Expr) (left, right python.Expr, negated, ok bool) {
	switch e := e.(type) {
	case *python.UnaryOp:
		if e.Op == python.Not {
			left, right, negated, ok = u.isEqual(e.Operand)
			return left, right, !negated, ok
		}
	case *python.Compare:
		if len(e.Ops) != 1 {
			return nil, nil, false, false
		}
		switch e.Ops[0] {
		case python.Eq, python.In:
			return e.Left, e.Comparators[0], false, true
		case python.NotEq, python.NotIn:
			return e.Left, e.Comparators[0], true, true
		}
	case *python.Call:
		name := last(u.dotted(e.Func))
		if (name == "compare_digest" || name == "constant_time_compare" || name == "safe_str_cmp") && len(e.Args) == 2 {
			return e.Args[0], e.Args[1], false, true
		}
	}
	return nil, nil, false, false
}

// unwrap looks through conversions that a comparison makes: x.encode(), str(x), x or "", f"Bearer {x}".
func unwrap(e python.Expr) python.Expr {
	switch e := e.(type) {
	case *python.Call:
		if a, ok := e.Func.(*python.Attribute); ok && slices.Contains([]string{"encode", "strip", "lower", "upper", "casefold", "get_secret_value", "decode"}, a.Attr) {
			return unwrap(a.Value)
		}
		if slices.Contains([]string{"str", "bytes"}, plain(e.Func)) && len(e.Args) > 0 {
			return unwrap(e.Args[0])
		}
	case *python.BoolOp:
		if e.Op == python.Or {
			return unwrap(e.Values[0])
		}
	case *python.JoinedStr:
		for _, v := range e.Values {
			if f, ok := v.(*python.FormattedValue); ok {
				return unwrap(f.Value)
			}
		}
	}
	return e
}

// presence says whether an expression asks that something is there: S, S is not None, S != "", len(S) > 0,
// bool(S). missing tells the opposite: not S, S is None, S == "".
func presence(e python.Expr) (subject python.Expr, missing, ok bool) {
	switch e := e.(type) {
	case *python.Name, *python.Attribute:
		return e, false, true
	case *python.UnaryOp:
		if e.Op == python.Not {
			subject, missing, ok = presence(e.Operand)
			return subject, !missing, ok
		}
	case *python.Compare:
		if len(e.Ops) != 1 || !isNothing(e.Comparators[0]) {
			return nil, false, false
		}
		subject = unwrapLen(e.Left)
		return subject, e.Ops[0] == python.Is || e.Ops[0] == python.Eq, true
	case *python.Call:
		if name := plain(e.Func); (name == "bool" || name == "len") && len(e.Args) == 1 {
			return presence(e.Args[0])
		}
		return e, false, true
	case *python.Subscript:
		return e, false, true
	}
	return nil, false, false
}

func isNothing(e python.Expr) bool {
	c, ok := e.(*python.Constant)
	return isEmpty(e) || ok && c.Kind == python.Int && c.Value == "0"
}

func unwrapLen(e python.Expr) python.Expr {
	if c, ok := e.(*python.Call); ok && plain(c.Func) == "len" && len(c.Args) == 1 {
		return c.Args[0]
	}
	return e
}
