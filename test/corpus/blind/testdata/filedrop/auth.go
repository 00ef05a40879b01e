package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"time"
)

func (s *server) withKey(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		given := r.Header.Get("X-Upload-Key")
		if subtle.ConstantTimeCompare([]byte(given), []byte(s.config.uploadKey)) != 1 {
			http.Error(w, "wrong key", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

func (s *server) adminOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, key, _ := r.BasicAuth()
		if len(s.config.admins) > 0 && !slices.Contains(s.config.admins, key) {
			w.Header().Set("WWW-Authenticate", `Basic realm="drop"`)
			http.Error(w, http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

func (s *server) sign(id string, until int64) string {
	mac := hmac.New(sha256.New, s.config.linkKey)
	mac.Write([]byte(id + ":" + strconv.FormatInt(until, 10)))
	return hex.EncodeToString(mac.Sum(nil))
}

func (s *server) validLink(id string, r *http.Request) bool {
	until, err := strconv.ParseInt(r.URL.Query().Get("until"), 10, 64)
	if err != nil || time.Now().Unix() > until {
		return false
	}
	return r.URL.Query().Get("sig") == s.sign(id, until)
}
