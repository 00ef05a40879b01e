package compat

import (
	"cmp"
	"database/sql"
	"encoding/csv"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the database of both

	"sallyport/internal/ingredients"
)

// makeDatabase writes the database of the older API from the bundled ingredients, with lists as one text as such
// databases have them.
func makeDatabase(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(dir, "api.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	execute(t, db, `CREATE TABLE ingredients (code INTEGER PRIMARY KEY, inci_name, kr_name, cas_no, functions, status,
		ec_no, inn_name, description, updated, annex_codes)`)
	execute(t, db, `CREATE TABLE regulations (id INTEGER PRIMARY KEY, entry, annex, number, substance, maximum)`)
	execute(t, db, "BEGIN")
	names := koreanNames(t)
	for _, row := range readCSV(t, "inventory") {
		codes := annexCodes(row["restriction"])
		execute(t, db, "INSERT INTO ingredients VALUES (?,?,?,?,?,?,?,?,?,?,?)", row["cosing_ref_no"], row["inci_name"],
			null(names[row["inci_name"]]), numbers(row["cas_no"], `\b\d{2,7}-\d{2}-\d\b`), null(row["function"]), status(codes),
			numbers(row["ec_no"], `\b\d{3}-\d{3}-\d\b`), null(row["inn_name"]), null(row["chem_iupac_name___description"]),
			null(row["update_date"]), null(strings.Join(codes, ", ")))
	}
	for _, annex := range annexes() {
		for _, row := range readCSV(t, "annex_"+strings.ToLower(annex)) {
			execute(t, db, "INSERT INTO regulations (entry, annex, number, substance, maximum) VALUES (?,?,?,?,?)",
				annex+"/"+row["reference_number"], annex, row["reference_number"], null(row["substance"]), null(row["maximum_concentration"]))
		}
	}
	execute(t, db, "COMMIT")
	return file
}

func execute(t *testing.T, db *sql.DB, statement string, values ...any) {
	t.Helper()
	if _, err := db.Exec(statement, values...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func annexes() []string { return []string{"II", "III", "IV", "V", "VI"} }

// readCSV returns the records of a bundled file by header.
func readCSV(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := ingredients.FS().Open("data/" + name + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	reader := csv.NewReader(f.(io.Reader))
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, header := range records[0] {
			row[header] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// koreanNames has the first name of each ingredient.
func koreanNames(t *testing.T) map[string]string {
	names := map[string]string{}
	for _, row := range readCSV(t, "korean") {
		names[row["inci_name"]] = cmp.Or(names[row["inci_name"]], row["kr_name"])
	}
	return names
}

func annexCodes(restriction string) []string {
	var codes []string
	for _, m := range regexp.MustCompile(`\b(II|III|IV|V|VI)[ /]+(\d+[a-z]?)\b`).FindAllStringSubmatch(restriction, -1) {
		if code := m[1] + "/" + m[2]; !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

// status is the strictest.
func status(codes []string) string {
	words := []string{"Prohibited", "Restricted", "Colorant", "Preservative", "UV filter"}
	for i, annex := range annexes() {
		if slices.ContainsFunc(codes, func(code string) bool { return strings.HasPrefix(code, annex+"/") }) {
			return words[i]
		}
	}
	return "Not listed"
}

func numbers(cell, pattern string) any {
	return null(strings.Join(regexp.MustCompile(pattern).FindAllString(cell, -1), ", "))
}

func null(text string) any {
	if text == "" || text == "-" {
		return nil
	}
	return text
}
