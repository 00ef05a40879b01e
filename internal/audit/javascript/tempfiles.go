package javascript

import (
	"fmt"
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
)

// tempFileLeak reports temporary files and uploads that stay on the disk when something fails.
func tempFileLeak(p *audit.Pass) {
	f := factsOf(p.Project)
	f.eachCall(func(u *unit, call *node, path string) {
		target := createdFile(call, path)
		if target == nil || f.cleanedUp(call, target) {
			return
		}
		f.report(p, call, "the temporary file stays when something fails before it is removed")
	})
	for _, r := range f.routes {
		f.uploads(p, r)
	}
	f.each(func(u *unit, n *node) { f.outputFile(p, n) })
}

// outputFile reports a path of a temporary file that a program is told to write, and that is not removed always.
func (f *facts) outputFile(p *audit.Pass, d *node) {
	if !d.Is(syntax.Declarator) || !d.Kids[0].Is(syntax.Ident) || !temporary(d.Kids[0], 6) || d.Enclosing(syntax.Function) == nil {
		return
	}
	name := d.Kids[0].Name
	written := syntax.Any(d.Enclosing(syntax.Function).Body(), func(n *node) bool {
		if !n.Is(syntax.Call) || !usesName(n.Args(), name) {
			return false
		}
		path, last := syntax.Path(n.Callee()), syntax.Last(n.Callee())
		return strings.HasPrefix(path, "child_process.") || strings.HasPrefix(path, "execa") || strings.HasPrefix(path, "util.promisify()") ||
			slices.Contains([]string{"toFile", "output", "save", "screenshot", "pdf", "saveToFile", "extractAllTo"}, last)
	})
	if written && !f.cleanedUp(d, d.Kids[0]) {
		f.report(p, d, "the temporary file stays when something fails before it is removed")
	}
}

func usesName(list []*node, name string) bool {
	return slices.ContainsFunc(list, func(a *node) bool {
		return syntax.Any(a, func(k *node) bool { return k.Is(syntax.Ident) && k.Name == name })
	})
}

// createdFile returns what holds the path of the temporary file that a call makes, or nil.
func createdFile(call *node, path string) *node {
	switch path {
	case "fs.mkdtemp", "fs.mkdtempSync", "fs.promises.mkdtemp", "util.promisify().mkdtemp", "tmp.fileSync", "tmp.dirSync", "tmp.tmpNameSync", "tmp-promise.file", "tmp-promise.dir", "fs-extra.mkdtemp", "fs-extra.mkdtempSync":
		return resultName(call)
	}
	last := syntax.Last(call.Callee())
	switch last {
	case "writeFile", "writeFileSync", "createWriteStream", "outputFile":
		if strings.HasPrefix(path, "fs") && temporary(call.Arg(0), 6) {
			return call.Arg(0)
		}
	case "mv", "download", "downloadFile", "saveAs", "write":
		if (last == "mv" || path == "Bun.write") && temporary(call.Arg(0), 6) {
			return call.Arg(0)
		}
	}
	return nil
}

// resultName returns the variable that a call's result is given to, or the call.
func resultName(call *node) *node {
	top := call
	for top.Parent.Is(syntax.Await) {
		top = top.Parent
	}
	switch p := top.Parent; {
	case p.Is(syntax.Declarator, syntax.Assign):
		return p.Kids[0]
	}
	return call
}

// temporary says whether a path is by its parts one of a temporary file.
func temporary(n *node, steps int) bool {
	if n == nil || steps == 0 {
		return false
	}
	if b := syntax.Lookup(n); b != nil && len(b.Assigned) < 4 {
		return slices.ContainsFunc(b.Values(), func(v *node) bool { return temporary(v, steps-1) })
	}
	found := false
	syntax.Walk(n, func(k *node) bool {
		switch {
		case k.Is(syntax.String):
			found = found || strings.HasPrefix(k.Text, "/tmp/") || strings.Contains(k.Text, "/tmp/") || strings.HasPrefix(k.Text, "tmp/") || strings.HasPrefix(k.Text, "./tmp/") || strings.HasPrefix(k.Text, "temp/") || k.Text == "/tmp" || k.Text == "tmp" || k.Text == "temp" || strings.HasPrefix(k.Text, "temp_") || strings.HasPrefix(k.Text, "temp-") || strings.HasPrefix(k.Text, "tmp-") || strings.HasPrefix(k.Text, "./temp/")
		case k.Is(syntax.Call):
			found = found || syntax.Path(k.Callee()) == "os.tmpdir" || strings.HasPrefix(syntax.Path(k.Callee()), "tempy.")
		case k.Is(syntax.Ident) && k != n:
			found = found || hasWord(k.Name, "tmpdir", "tempdir", "tmp") || temporary(k, steps-1)
		case k.Is(syntax.Member) && k.Parent != nil && !k.Parent.Is(syntax.Call):
			found = found || hasWord(k.Name, "tmpdir", "tempdir", "tmp", "temp")
		}
		return !found
	})
	return found
}

// cleanedUp says whether a temporary file is removed on every path.
func (f *facts) cleanedUp(call, target *node) bool {
	fn := call.Enclosing(syntax.Function, syntax.Program)
	if fn.Is(syntax.Program) {
		return true // a script that makes its files once
	}
	names := namesOf(target)
	if len(names) == 0 {
		names = []string{"\x00"}
	}
	for scope := fn; scope.Is(syntax.Function); scope = scope.Enclosing(syntax.Function) {
		if removesAlways(scope, names) {
			return true
		}
	}
	if f.callersClean(fn, names) {
		return true
	}
	return atomicWrite(fn, names)
}

// namesOf returns the names by which a path is known: the variable, and those that it is made of.
func namesOf(n *node) []string {
	var names []string
	syntax.Walk(n, func(k *node) bool {
		if k.Is(syntax.Ident) && k.Name != "path" && k.Name != "os" {
			names = append(names, k.Name)
		}
		return true
	})
	if b := syntax.Lookup(n); b != nil {
		for _, v := range b.Values() {
			syntax.Walk(v, func(k *node) bool {
				if k.Is(syntax.Ident) && hasWord(k.Name, "dir", "tmp", "temp", "folder") {
					names = append(names, k.Name)
				}
				return true
			})
		}
	}
	return names
}

// removesAlways says whether a function removes one of the names in a finally, when a response ends, or both
// after success and after a failure.
func removesAlways(fn *node, names []string) bool {
	failure, success := false, false
	found := syntax.Any(body(fn), func(k *node) bool {
		if !k.Is(syntax.Call) || !removes(k, names) {
			return false
		}
		switch {
		case inFinally(k):
			return true
		case k.Enclosing(syntax.Catch) != nil:
			failure = true
		case afterCaught(k):
			return true
		default:
			success = true
		}
		return failure && success
	})
	return found
}

// afterCaught says whether a place follows a try whose catch goes on.
func afterCaught(n *node) bool {
	statement := n.Statement()
	if statement.Parent.Is(syntax.Block) && statement.Parent.Parent.Is(syntax.Try) {
		statement = statement.Parent.Parent
	}
	for _, s := range statement.Parent.Kids {
		if s == statement {
			break
		}
		if s.Is(syntax.Try) && s.Kids[1] != nil && !syntax.Any(s.Kids[1], func(k *node) bool { return k.Is(syntax.Return, syntax.Throw) }) {
			return true
		}
	}
	return false
}

// removes says whether a call removes what one of the names stands for, directly or by an own function.
func removes(call *node, names []string) bool {
	last := strings.ToLower(syntax.Last(call.Callee()))
	if !slices.Contains([]string{"unlink", "unlinksync", "rm", "rmsync", "rmdir", "rmdirsync", "remove", "removesync", "del", "cleanup", "removecallback", "safeunlink", "deletefile", "removefile", "emptydir", "setgracefulcleanup", "cleanupfile", "cleanuptempfile"}, last) &&
		!hasWord(syntax.Last(call.Callee()), "cleanup", "unlink", "remove", "delete", "clean") {
		return false
	}
	if len(call.Args()) == 0 && (strings.HasPrefix(last, "clean") || last == "removecallback") {
		return true
	}
	return syntax.Any(call, func(k *node) bool { return k.Is(syntax.Ident) && slices.Contains(names, k.Name) }) || slices.ContainsFunc(call.Args(), func(a *node) bool {
		return a.Is(syntax.Ident) && call.Enclosing(syntax.ForOf) != nil || a.Is(syntax.Member) && strings.HasSuffix(syntax.Name(a), "file.path")
	})
}

// inFinally says whether a place runs however things end: in finally, in .finally(…), when a response is
// finished, or as a stream ends and fails.
func inFinally(n *node) bool {
	for child, p := n, n.Parent; p != nil; child, p = p, p.Parent {
		switch {
		case p.Is(syntax.Try) && p.Kid(2) == child:
			return true
		case p.Is(syntax.Call) && p.Callee() != child:
			last := syntax.Last(p.Callee())
			event, _ := syntax.Constant(p.Arg(0))
			if last == "finally" || last == "after" || last == "waitUntil" || last == "defer" || last == "finished" || (last == "on" || last == "once") && slices.Contains([]string{"finish", "close", "exit", "end"}, event) || last == "download" || last == "sendFile" || last == "onFinished" || last == "setTimeout" {
				return true
			}
		}
	}
	return false
}

// callersClean says whether the functions that call fn, and take the path from it, remove it always.
func (f *facts) callersClean(fn *node, names []string) bool {
	gives := false
	eachReturn(fn, func(v *node) {
		gives = gives || syntax.Any(v, func(k *node) bool { return k.Is(syntax.Ident) && slices.Contains(names, k.Name) })
	})
	inParams := slices.ContainsFunc(fn.Params(), func(p *node) bool { return slices.Contains(names, p.Name) })
	sites := f.sites[fn]
	if !gives && !inParams || len(sites) == 0 {
		return gives && len(sites) == 0
	}
	for _, site := range sites {
		caller := site.Enclosing(syntax.Function)
		given := append(namesOf(resultName(site)), names...)
		if inParams {
			for _, a := range site.Args() {
				given = append(given, namesOf(a)...)
			}
		}
		if caller == nil || !removesAlways(caller, given) {
			return false
		}
	}
	return true
}

// atomicWrite says whether the file is written beside another and renamed to it.
func atomicWrite(fn *node, names []string) bool {
	return syntax.Any(body(fn), func(k *node) bool {
		return k.Is(syntax.Call) && strings.HasPrefix(syntax.Last(k.Callee()), "rename") && syntax.Any(k.Arg(0), func(x *node) bool { return x.Is(syntax.Ident) && slices.Contains(names, x.Name) })
	})
}

// uploads reports a handler of uploaded files that removes them only when all went well, or reads them and
// leaves them in a folder for temporary ones.
func (f *facts) uploads(p *audit.Pass, r *route) {
	if r.handler == nil || !f.savesUploads(r) {
		return
	}
	var used, removed *node
	always, failure, success := false, false, false
	read := false
	names := []string{}
	syntax.Walk(body(r.handler), func(n *node) bool {
		if n.Is(syntax.Declarator) && len(n.Kids) > 1 && n.Kids[0].Is(syntax.Ident) && syntax.Any(n.Kids[1], uploadPath) {
			names = append(names, n.Kids[0].Name)
		}
		if uploadPath(n) && used == nil {
			used = n
		}
		if n.Is(syntax.Call) && strings.HasPrefix(syntax.Last(n.Callee()), "readFile") || n.Is(syntax.Call) && syntax.Last(n.Callee()) == "createReadStream" {
			read = read || syntax.Any(n, func(k *node) bool { return uploadPath(k) || k.Is(syntax.Ident) && slices.Contains(names, k.Name) })
		}
		if n.Is(syntax.Call) && (removes(n, names) || removes(n, []string{"\x00"}) || slices.ContainsFunc(n.Args(), uploadPath) && hasWord(syntax.Last(n.Callee()), "unlink", "rm", "remove", "delete", "cleanup", "sync")) && !strings.HasPrefix(syntax.Last(n.Callee()), "readFile") {
			if removed == nil {
				removed = n
			}
			always = always || inFinally(n)
			failure = failure || n.Enclosing(syntax.Catch) != nil
			success = success || n.Enclosing(syntax.Catch) == nil
		}
		return true
	})
	if used == nil || always || failure && success || removed == nil && !read {
		return
	}
	f.report(p, used, fmt.Sprintf("the uploaded file of %s %s stays when something fails", r.method, r.path))
}

// uploadPath says whether a node is the path of an uploaded file.
func uploadPath(n *node) bool {
	return n.Is(syntax.Member) && (n.Name == "path" || n.Name == "filepath" || n.Name == "tempFilePath") &&
		(strings.Contains(syntax.Path(n), "req.file") || strings.Contains(syntax.Path(n), "request.file") || strings.HasPrefix(syntax.Path(n.Kids[0]), "file") || strings.HasPrefix(syntax.Path(n.Kids[0]), "upload"))
}

// savesUploads says whether a route's uploads go to the disk.
func (f *facts) savesUploads(r *route) bool {
	for _, n := range f.before(r) {
		call := syntax.Resolve(n)
		path := syntax.Path(call)
		if !strings.Contains(path, "multer") && !hasWord(syntax.Name(n), "upload", "multer") {
			continue
		}
		return !strings.Contains(path, "memoryStorage") && !usesMemory(call)
	}
	return slices.ContainsFunc(r.unit.tree.Requires, func(m string) bool { return m == "formidable" || m == "express-fileupload" })
}

// usesMemory says whether uploads of a multer are kept in memory.
func usesMemory(call *node) bool {
	for n := call; n.Is(syntax.Call, syntax.Member); {
		if n.Is(syntax.Call) && n.Arg(0).Is(syntax.Object) {
			o := n.Arg(0)
			storage := o.Property("storage")
			return o.Property("dest") == nil && (storage == nil || strings.Contains(syntax.Path(syntax.Resolve(storage)), "memoryStorage"))
		}
		next := syntax.Resolve(n.Kids[0])
		if next == n {
			return false
		}
		if n.Is(syntax.Call) && next.Is(syntax.Ident) && len(n.Args()) == 0 {
			return true // multer() keeps files in memory
		}
		n = next
	}
	return false
}
