package sallyport

import (
	"net/http"

	"sallyport/problem"
)

// The refusals that anybody can cause, encoded beforehand: refusing must cost less than asking. They never change.
var (
	errURL              = problem.Fixed(http.StatusRequestURITooLong, "the URL is too long")
	errHeaders          = problem.Fixed(http.StatusRequestHeaderFieldsTooLarge, "the request headers are too large")
	errHost             = problem.Fixed(http.StatusMisdirectedRequest, "this host is not served here")
	errPath             = problem.Fixed(http.StatusBadRequest, "the path is not in canonical form")
	errEscape           = problem.Fixed(http.StatusBadRequest, "the query has a malformed escape")
	errRepeated         = problem.Fixed(http.StatusBadRequest, "a credential header was sent more than once")
	errSecret           = problem.Fixed(http.StatusForbidden, "this API is reached through its marketplace")
	errRepeatedIdentity = problem.Fixed(http.StatusBadRequest, "an identity header was sent more than once")
	errIdentity         = problem.Fixed(http.StatusBadRequest, "the customer's name is not usable")
	errNotFound         = problem.Fixed(http.StatusNotFound, "there is nothing at this path")
)
