package python

import (
	"reflect"
	"testing"
)

// TestInspectVisitsEveryNodeOnce compares it with a walk over every field by reflection.
func TestInspectVisitsEveryNodeOnce(t *testing.T) {
	types := map[string]bool{}
	for _, s := range snippets(t) {
		module, _ := Parse([]byte(s.source), "snippet.py")
		want := map[Node]int{}
		countFields(reflect.ValueOf(module), want)
		got := map[Node]int{}
		Inspect(module, func(n Node) bool {
			if n != nil {
				got[n]++
				types[reflect.TypeOf(n).Elem().Name()] = true
			}
			return true
		})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: visited %d nodes, the fields hold %d", s.source, len(got), len(want))
		}
	}
	if len(types) < 70 {
		t.Errorf("the snippets show only %d types of nodes: %v", len(types), types)
	}
}

func countFields(v reflect.Value, seen map[Node]int) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			countFields(v.Index(i), seen)
		}
	case reflect.Interface:
		countFields(v.Elem(), seen)
	case reflect.Pointer:
		n, ok := v.Interface().(Node)
		if !ok || v.IsNil() {
			return
		}
		if _, comment := n.(*Comment); comment {
			return
		}
		seen[n]++
		for i := range v.Elem().NumField() {
			if v.Elem().Type().Field(i).IsExported() {
				countFields(v.Elem().Field(i), seen)
			}
		}
	}
}

func TestInspectCanSkip(t *testing.T) {
	module, _ := Parse([]byte("def f():\n  a\nb\n"), "app.py")
	var names []string
	Inspect(module, func(n Node) bool {
		if name, ok := n.(*Name); ok {
			names = append(names, name.ID)
		}
		_, function := n.(*FunctionDef)
		return !function
	})
	if len(names) != 1 || names[0] != "b" {
		t.Errorf("%v", names)
	}
}
