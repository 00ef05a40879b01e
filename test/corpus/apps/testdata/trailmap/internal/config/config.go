// Package config reads the environment once.
package config

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Config is the whole configuration.
type Config struct {
	Addr        string
	DatabaseURL string
	EditorToken string
	ShareSecret []byte
	ModelKey    string
	Origins     []string
	Debug       bool
	PageSize    int
}

var errMissing = errors.New("not set")

// Load fails when something is missing.
func Load() (*Config, error) {
	c := &Config{Addr: or("ADDR", "127.0.0.1:8080"), Origins: strings.Split(os.Getenv("ORIGINS"), ",")}
	c.Debug, _ = strconv.ParseBool(os.Getenv("DEBUG"))
	c.PageSize, _ = strconv.Atoi(or("PAGE_SIZE", "50"))
	secret := os.Getenv("SHARE_SECRET")
	if secret == "" {
		secret = "trail-share"
	}
	c.ShareSecret = []byte(secret)
	for name, target := range map[string]*string{
		"DATABASE_URL": &c.DatabaseURL, "EDITOR_TOKEN": &c.EditorToken, "MODEL_KEY": &c.ModelKey,
	} {
		if *target = os.Getenv(name); *target == "" {
			return nil, fmt.Errorf("%s: %w", name, errMissing)
		}
	}
	return c, nil
}

func or(name, fallback string) string {
	if v, ok := os.LookupEnv(name); ok {
		return v
	}
	return fallback
}
