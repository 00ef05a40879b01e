package secrets

import "slices"

// automaton finds many keywords in one pass over a text, ASCII case aside (Aho and Corasick, 1975). Nearly all
// text is read by it alone, so its transitions are one table. It is read-only and safe for concurrent use.
type automaton struct {
	class   [256]uint8 // bytes that no keyword has are class 0
	classes int
	next    []int32 // state*classes+class -> state*classes; accepting states come last
	accept  int32   // the first accepting state, times classes
	outputs [][]int // keywords that end in each accepting state
}

// node is a state while the automaton is built.
type node struct {
	children []int // by class; -1 for none
	fail     int
	outputs  []int
}

// newAutomaton compiles keywords; scan names them by their index.
func newAutomaton(keywords []string) *automaton {
	a := &automaton{classes: 1}
	for _, word := range keywords {
		for i := range len(word) {
			a.addClass(lower(word[i]))
		}
	}
	nodes := a.trie(keywords)
	a.compile(nodes, a.link(nodes))
	return a
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func (a *automaton) addClass(b byte) {
	if a.class[b] != 0 {
		return
	}
	a.class[b] = uint8(a.classes)
	if b >= 'a' && b <= 'z' {
		a.class[b-'a'+'A'] = uint8(a.classes)
	}
	a.classes++
}

func (a *automaton) newNode() node {
	return node{children: slices.Repeat([]int{-1}, a.classes)}
}

func (a *automaton) trie(keywords []string) []node {
	nodes := []node{a.newNode()}
	for k, word := range keywords {
		at := 0
		for i := range len(word) {
			class := a.class[word[i]]
			if nodes[at].children[class] < 0 {
				nodes[at].children[class] = len(nodes)
				nodes = append(nodes, a.newNode())
			}
			at = nodes[at].children[class]
		}
		nodes[at].outputs = append(nodes[at].outputs, k)
	}
	return nodes
}

// link completes every transition, breadth first, and returns the states in that order.
func (a *automaton) link(nodes []node) []int {
	order := []int{0}
	for i := 0; i < len(order); i++ {
		n := &nodes[order[i]]
		for class, child := range n.children {
			fallback := 0
			if order[i] != 0 {
				fallback = nodes[n.fail].children[class]
			}
			if child < 0 {
				n.children[class] = fallback
				continue
			}
			nodes[child].fail = fallback
			nodes[child].outputs = append(nodes[child].outputs, nodes[fallback].outputs...)
			order = append(order, child)
		}
	}
	return order
}

// compile numbers the states so that one comparison tells an accepting one.
func (a *automaton) compile(nodes []node, order []int) {
	number := make([]int32, len(nodes))
	count := int32(0)
	for _, accepting := range []bool{false, true} {
		if accepting {
			a.accept = count * int32(a.classes)
		}
		for _, n := range order {
			if len(nodes[n].outputs) > 0 == accepting {
				number[n] = count
				count++
				if accepting {
					a.outputs = append(a.outputs, nodes[n].outputs)
				}
			}
		}
	}
	a.next = make([]int32, len(nodes)*a.classes)
	for n := range nodes {
		for class, child := range nodes[n].children {
			a.next[int(number[n])*a.classes+class] = number[child] * int32(a.classes)
		}
	}
}

// scan calls found for each keyword in text, with the position behind its last byte, from left to right.
func (a *automaton) scan(text string, found func(keyword, end int)) {
	state := int32(0)
	for i := range len(text) {
		state = a.next[state+int32(a.class[text[i]])]
		if state < a.accept {
			continue
		}
		for _, k := range a.outputs[(state-a.accept)/int32(a.classes)] {
			found(k, i+1)
		}
	}
}
