package javascript_test

import (
	"fmt"
	"strings"
	"testing"

	"sallyport/internal/audit"
	"sallyport/internal/audit/javascript"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// TestNamesOfThemselves defines names by themselves and by each other, in every form that detectors look through, and
// hands them to everything that detectors look at: each must come to an end.
func TestNamesOfThemselves(t *testing.T) {
	forms := []string{
		"%s", "[%s]", "[[%s], 1]", "%s || 'x'", "%s ?? '*'", "`${%s}`", "'x' + %s", "%s + 'x'", "%s ? %[1]s : 'x'", "!%s", "{ origin: %s, handler: %[1]s, a: %[1]s }", "%s.a", "%s.bind(1)",
		"%s.use(1)", "%s.basePath('x')", "%s.withTypeProvider()", "%s.route('/x')", "%s()", "new %s()", "wrap(%s)", "Number(%s)", "parseInt(%s, 10)", "await %s", "%s.error", "(await %s()).error", "Object.freeze(%s)",
		"%s[0]", "[...%s]", "(() => %s)", "((err) => %s(err))", "express().use(%s)", "hono.Hono().basePath(%s)", "%s.mutation(%[1]s)", "%s.input(%[1]s).use(%[1]s)", "%s.trim()", "String(%s)", "Buffer.from(%s)", "%s === 'production'", "%s && %[1]s", "%s.map(%[1]s)", "%s as any",
	}
	const uses = `
app.use(NAME); app.use('/x', NAME); app.get('/x', NAME, NAME); NAME.get('/x', NAME); NAME.use(NAME); app.route(NAME); server.register(NAME, NAME);
app.use(cors({ origin: NAME, credentials: NAME })); res.setHeader('Access-Control-Allow-Origin', NAME); rateLimit({ max: NAME, limit: NAME });
if (NAME && req.body.token !== NAME) throw 1; if (!NAME) throw 1; if (req.get('x') === NAME) next(); if (NAME > 0) app.use(NAME);
res.json(NAME); res.send(NAME.message); el.innerHTML = NAME; db.query(NAME); db.query('SELECT ' + NAME); db.query('x LIKE ?', [NAME]); fs.writeFileSync(NAME, NAME);
console.log(NAME, NAME.token); fetch(NAME, NAME); axios.get(NAME, NAME); bot.sendMessage(NAME, NAME, { parse_mode: NAME }); new Pool(NAME); new Database(NAME, NAME);
export const t = router({ a: NAME.mutation(NAME), b: NAME }); serve(NAME); Bun.serve({ fetch: NAME }); http.createServer(NAME); jwt.verify(NAME, NAME, { audience: NAME });
app.post('/y', async (req, res) => { try { NAME() } catch (e) { res.send(NAME ? NAME(e) : e); fail(res, NAME) } if (NAME !== 'production') res.json(NAME) });
process.env.X = NAME; const verbose = NAME !== 'production'; res.json(verbose ? NAME.stack : 1); const s = { cors: { origin: NAME }, rejectUnauthorized: NAME };`
	for _, declare := range []string{"const", "var"} {
		tree := &source.Tree{}
		for i, form := range forms {
			self := fmt.Sprintf("%s own = %s;\n", declare, fill(form, "own")) + strings.ReplaceAll(uses, "NAME", "own")
			pair := fmt.Sprintf("%s one = %s;\n%s two = %s;\n", declare, fill(form, "two"), declare, fill(form, "one")) + strings.ReplaceAll(uses, "NAME", "one")
			tree.Files = append(tree.Files, &source.File{Path: fmt.Sprintf("own%d.mts", i), Content: []byte(self), Tracked: true},
				&source.File{Path: fmt.Sprintf("pair%d.mts", i), Content: []byte(pair), Tracked: true})
		}
		var all []*audit.Rule
		for class, detect := range javascript.Detectors() {
			all = append(all, &audit.Rule{Rule: finding.Rule{ID: class, Class: class}, Detectors: map[string]audit.Detector{"javascript": detect}})
		}
		result, err := audit.Scan(t.Context(), audit.NewProject(tree), audit.Options{Rules: all})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range result.NotAnalysed {
			t.Errorf("not analysed: %s %s: %s", n.Class, n.Path, n.Reason)
		}
	}
}

func fill(form, name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(form, "%[1]s", name), "%s", name)
}
