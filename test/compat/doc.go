// Package compat shows that an API can move here and its callers notice nothing: a FastAPI application and the
// program, over the same database, are asked the same questions.
package compat
