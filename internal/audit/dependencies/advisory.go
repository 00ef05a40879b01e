package dependencies

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/osv-scalibr/semantic"
)

// advisory is what matters here of an entry of the OSV schema.
type advisory struct {
	ID        string
	Withdrawn string
	Affected  []affected
	Specific  struct {
		Severity string
	} `json:"database_specific"`
}

type affected struct {
	Package struct {
		Ecosystem, Name string
	}
	Versions []string
	Ranges   []versionRange
}

type versionRange struct {
	Type   string
	Events []event
}

// event is one of a range; one of its fields is set.
type event struct {
	Introduced   string
	Fixed        string
	LastAffected string `json:"last_affected"`
	Limit        string
}

func (e event) version() string {
	for _, v := range []string{e.Introduced, e.Fixed, e.LastAffected, e.Limit} {
		if v != "" {
			return v
		}
	}
	return "0"
}

func parseAdvisory(data []byte) (*advisory, error) {
	var a advisory
	if err := json.Unmarshal(data, &a); err != nil {
		return nil, fmt.Errorf("parsing OSV entry: %w", err)
	}
	return &a, nil
}

// normalName is how an ecosystem compares names: PyPI takes case and separators for equal.
func normalName(ecosystem, name string) string {
	if ecosystem != pypi {
		return name
	}
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	return strings.Join(parts, "-")
}

func (a affected) is(d dependency) bool {
	ecosystem, _, _ := strings.Cut(a.Package.Ecosystem, ":")
	return ecosystem == d.ecosystem && normalName(ecosystem, a.Package.Name) == normalName(ecosystem, d.name)
}

// covers says whether the advisory is about this version, and by which version it is mended: "" when by none.
// An error means that a version cannot be compared.
func (a *advisory) covers(d dependency) (covered bool, fixed string, err error) {
	if a.Withdrawn != "" {
		return false, "", nil
	}
	version, err := semantic.Parse(d.version, d.ecosystem)
	if err != nil {
		return false, "", fmt.Errorf("comparing %s of %s: %w", d.version, d.name, err)
	}
	for _, one := range a.Affected {
		if !one.is(d) {
			continue
		}
		covered = covered || slices.Contains(one.Versions, d.version)
		for _, r := range one.Ranges {
			inside, mended, err := r.contains(d.ecosystem, version)
			if err != nil {
				return false, "", fmt.Errorf("comparing %s of %s with %s: %w", d.version, d.name, a.ID, err)
			}
			if inside {
				covered, fixed = true, mended
			}
		}
	}
	return covered, fixed, nil
}

// contains follows the evaluation of the OSV schema: events in the order of their versions switch between affected
// and not.
func (r versionRange) contains(ecosystem string, version semantic.Version) (inside bool, fixed string, err error) {
	if r.Type != "SEMVER" && r.Type != "ECOSYSTEM" {
		return false, "", nil
	}
	events, err := sorted(ecosystem, r.Events)
	if err != nil {
		return false, "", err
	}
	for _, e := range events {
		order, err := compare(version, e.version())
		switch {
		case err != nil:
			return false, "", err
		case e.Introduced != "" && order >= 0:
			inside, fixed = true, ""
		case e.Fixed != "" && order >= 0, e.LastAffected != "" && order > 0, e.Limit != "" && e.Limit != "*" && order >= 0:
			inside = false
		case e.Fixed != "" && inside && fixed == "":
			fixed = e.Fixed
		}
	}
	return inside, fixed, nil
}

// compare takes "0" for what is before every version, as the schema does.
func compare(version semantic.Version, other string) (int, error) {
	if other == "0" {
		return 1, nil
	}
	return version.CompareStr(other)
}

func sorted(ecosystem string, events []event) ([]event, error) {
	list := slices.Clone(events)
	var failed error
	slices.SortStableFunc(list, func(a, b event) int {
		switch {
		case a.version() == b.version():
			return 0
		case a.version() == "0":
			return -1
		case b.version() == "0":
			return 1
		}
		version, err := semantic.Parse(a.version(), ecosystem)
		if err != nil {
			failed = err
			return 0
		}
		order, err := version.CompareStr(b.version())
		if err != nil {
			failed = err
		}
		return order
	})
	return list, failed
}
