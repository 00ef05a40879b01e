package config

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes. It is written as a whole number, or with the unit KiB, MiB or GiB.
type Size int64

// String returns s in the largest unit that divides it.
func (s Size) String() string {
	for _, u := range units() {
		if s != 0 && int64(s)%u.bytes == 0 {
			return strconv.FormatInt(int64(s)/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

type unit struct {
	name  string
	bytes int64
}

func units() []unit { return []unit{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} }

func parseSize(text string) (Size, error) {
	factor, number := int64(1), text
	for _, u := range units() {
		if n, ok := strings.CutSuffix(text, u.name); ok {
			factor, number = u.bytes, n
		}
	}
	n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 63)
	if err != nil || int64(n) > math.MaxInt64/factor {
		return 0, errors.New("is not a size such as 16384 or 16KiB")
	}
	return Size(int64(n) * factor), nil
}

// parseDuration takes what [time.ParseDuration] takes, and whole days: "365d".
func parseDuration(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err == nil {
			return time.Duration(n) * day, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, errors.New("is not a duration such as 500ms, 5s, 1m or 30d")
	}
	return d, nil
}

// formatDuration is the inverse of parseDuration, without the zeros of [time.Duration.String].
func formatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// setText sets a value from text: lists are separated by commas, maps are name=value separated by commas.
func setText(v reflect.Value, text string) error {
	switch target := v.Addr().Interface().(type) {
	case *[]string:
		return setList(target, text)
	case *map[string]string:
		return setMap(target, text)
	case *time.Duration:
		d, err := parseDuration(text)
		*target = d
		return err
	case *Size:
		s, err := parseSize(text)
		*target = s
		return err
	}
	return setBasic(v, text)
}

func setBasic(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
		return nil
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return errors.New("is not a whole number")
		}
		v.SetInt(n)
		return nil
	case reflect.Bool:
		if text != "true" && text != "false" {
			return errors.New("is neither true nor false")
		}
		v.SetBool(text == "true")
		return nil
	}
	return fmt.Errorf("cannot be given as text")
}

func setList(target *[]string, text string) error {
	list := strings.Split(text, ",")
	for i, item := range list {
		if list[i] = strings.TrimSpace(item); list[i] == "" {
			return errors.New("has an empty item in its list")
		}
	}
	*target = list
	return nil
}

func setMap(target *map[string]string, text string) error {
	m := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if _, twice := m[name]; !ok || name == "" || value == "" || twice {
			return errors.New("is not a list of name=value with distinct names")
		}
		m[name] = value
	}
	*target = m
	return nil
}
