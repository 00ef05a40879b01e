package dataset

// Fold names how text is made comparable before it is indexed or asked for.
type Fold string

// The folds.
const (
	FoldNone   Fold = "none"   // NFC, trimmed
	FoldCode   Fold = "code"   // NFKC, upper case, white space removed
	FoldName   Fold = "name"   // NFKC, upper case, accents stripped, punctuation and white space to one space
	FoldKorean Fold = "korean" // NFC, upper case, white space removed
	FoldSlug   Fold = "slug"   // lower case ASCII letters and digits, everything else to one "-"
)
