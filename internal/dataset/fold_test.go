package dataset_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"sallyport/internal/dataset"
)

func TestFoldText(t *testing.T) {
	tests := []struct {
		fold     dataset.Fold
		in, want string
	}{
		{"", "  Café\t", "Café"},
		{dataset.FoldNone, "Cafe\u0301 ", "Café"},
		{dataset.FoldNone, "a  B", "a  B"},
		{dataset.FoldCase, " Acrylates/c10  cafe\u0301 ", "ACRYLATES/C10  CAFÉ"},
		{dataset.FoldCase, "so\u00adap", "SOAP"},
		{dataset.FoldCode, " ci 77\u00a0491 ", "CI77491"},
		{dataset.FoldCode, "ⅲ/12a", "III/12A"},
		{dataset.FoldCode, "50\u00ad-00\u200b-0", "50-00-0"},
		{dataset.FoldName, "1,2-HEXANEDIOL", "1 2 HEXANEDIOL"},
		{dataset.FoldName, "1, 2-Hexanediol", "1 2 HEXANEDIOL"},
		{dataset.FoldName, "  Crème  brûlée* ", "CREME BRULEE"},
		{dataset.FoldName, "Aqua (Water)™.", "AQUA WATER"},
		{dataset.FoldName, "PEG-8/SMDI Copolymer®", "PEG 8 SMDI COPOLYMER"},
		{dataset.FoldName, "ﬁne Ｎａｍｅ", "FINE NAME"},
		{dataset.FoldName, "phenoxy\u00adethanol", "PHENOXYETHANOL"},
		{dataset.FoldName, "D&C Red No. 6", "D C RED NO 6"},
		{dataset.FoldName, "†*.", ""},
		{dataset.FoldName, "Йогурт", "ИОГУРТ"},
		{dataset.FoldName, "카올린", "카올린"},
		{dataset.FoldName, "が", "が"},
		{dataset.FoldKorean, "1, 2-헥산 다이올", "1,2-헥산다이올"},
		{dataset.FoldKorean, "\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"},
		{dataset.FoldSlug, "Skin Conditioning - Emollient", "skin-conditioning-emollient"},
		{dataset.FoldSlug, "--A__b--", "a-b"},
		{dataset.FoldSlug, "é물", ""},
		{"unheard of", "text", ""},
	}
	for _, tt := range tests {
		if got := dataset.FoldText(tt.fold, tt.in); got != tt.want {
			t.Errorf("%s of %q is %q, want %q", tt.fold, tt.in, got, tt.want)
		}
	}
}

func folds() []dataset.Fold {
	return []dataset.Fold{dataset.FoldNone, dataset.FoldCase, dataset.FoldCode, dataset.FoldName, dataset.FoldKorean, dataset.FoldSlug}
}

// holds checks what a folded text is, whatever it came from.
func holds(t interface{ Errorf(string, ...any) }, f dataset.Fold, in string) {
	out := dataset.FoldText(f, in)
	if again := dataset.FoldText(f, out); again != out {
		t.Errorf("%s of %q is %q, and folded again %q", f, in, out, again)
	}
	if utf8.ValidString(in) && !utf8.ValidString(out) {
		t.Errorf("%s of %q is invalid UTF-8: %q", f, in, out)
	}
	if strings.TrimSpace(out) != out {
		t.Errorf("%s of %q has space around: %q", f, in, out)
	}
	space := strings.ContainsFunc(out, unicode.IsSpace)
	switch f {
	case dataset.FoldCode, dataset.FoldKorean:
		if space {
			t.Errorf("%s of %q has space in it: %q", f, in, out)
		}
	case dataset.FoldName:
		if strings.Contains(out, "  ") || strings.ContainsFunc(out, unicode.IsPunct) {
			t.Errorf("%s of %q has two spaces or punctuation: %q", f, in, out)
		}
	case dataset.FoldSlug:
		if strings.Trim(out, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.Contains(out, "--") {
			t.Errorf("%s of %q is no slug: %q", f, in, out)
		}
	}
}

func TestFoldProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		for _, f := range folds() {
			holds(t, f, text)
		}
	})
}

// TestFoldEveryCharacter folds each assigned character at both ends and between a letter and an accent; of
// the large scripts, whose characters fold alike, a part.
func TestFoldEveryCharacter(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		alike := unicode.In(r, unicode.Han, unicode.Hangul, unicode.Tangut, unicode.Khitan_Small_Script)
		if !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cc, unicode.Cf) || alike && r%101 != 0 {
			continue
		}
		for _, f := range []dataset.Fold{dataset.FoldCase, dataset.FoldCode, dataset.FoldName, dataset.FoldKorean} {
			holds(t, f, string(r)+"a"+string(r)+" \u0301x"+string(r))
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, text := range []string{"1,2-HEXANEDIOL", "Cafe\u0301", "\u1112\u1161\u11ab", "İ ẞ ǅ ﬁ", "\xff\x00", "a\u0301 \u0302b", "ᾳ\u0345"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, fold := range folds() {
			holds(t, fold, text)
		}
	})
}
