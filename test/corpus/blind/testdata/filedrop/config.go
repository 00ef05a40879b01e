package main

import (
	"cmp"
	"errors"
	"os"
	"strconv"
	"strings"
)

type config struct {
	addr      string
	dir       string
	uploadKey string
	linkKey   []byte
	admins    []string
	debug     bool
	maxBytes  int64
}

// getenv is os.Getenv with a value for names that are not set.
func getenv(name, otherwise string) string {
	if v, ok := os.LookupEnv(name); ok && v != "" {
		return v
	}
	return otherwise
}

func readConfig() (config, error) {
	c := config{
		addr:      getenv("DROP_ADDR", ":8080"),
		dir:       cmp.Or(os.Getenv("DROP_DIR"), "drops"),
		uploadKey: os.Getenv("DROP_UPLOAD_KEY"),
		linkKey:   []byte(cmp.Or(os.Getenv("DROP_LINK_KEY"), "filedrop-link-signing")),
		debug:     os.Getenv("DROP_PROD") == "",
	}
	if c.uploadKey == "" {
		return config{}, errors.New("DROP_UPLOAD_KEY is not set")
	}
	for _, a := range strings.Split(os.Getenv("DROP_ADMINS"), ",") {
		if a = strings.TrimSpace(a); a != "" {
			c.admins = append(c.admins, a)
		}
	}
	n, err := strconv.ParseInt(getenv("DROP_MAX_BYTES", "50000000"), 10, 64)
	if err != nil {
		return config{}, err
	}
	c.maxBytes = n
	return c, nil
}
