package corpus

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// table reads one exchange a line, and more for a line with several methods.
func (r *reader) table(route, text string) ([]Exchange, error) {
	var all []Exchange
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		config, isConfig := strings.CutPrefix(line, "config: ")
		switch {
		case line == "" || line[0] == '#':
			continue
		case isConfig:
			r.config = config
			continue
		}
		rows, err := r.row(route, line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		all = append(all, rows...)
	}
	return all, nil
}

func (r *reader) row(route, line string) ([]Exchange, error) {
	cells := strings.SplitN(line, " | ", 4)
	if len(cells) != 4 {
		return nil, errors.New("want reason | request | caller | answer")
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	times, request, err := cutTimes(cells[1])
	if err != nil {
		return nil, err
	}
	methods, target, _ := strings.Cut(request, " ")
	caller, err := r.caller(cells[2])
	if err != nil {
		return nil, err
	}
	want, err := parseAnswer(strings.Split(cells[3], " ; "))
	if err != nil {
		return nil, err
	}
	var rows []Exchange
	list := strings.Split(methods, ",")
	for _, method := range list {
		reason := cells[0]
		if len(list) > 1 {
			reason += ", " + method
		}
		text := method + " " + strings.TrimSpace(target) + " HTTP/1.1\r\nHost: $HOST\r\n" + caller + "\r\n"
		rows = append(rows, Exchange{
			File: r.file, Route: route, Reason: reason, Config: r.config,
			Steps: []Step{{Times: times, First: true, Request: text, Want: want}},
		})
	}
	return rows, nil
}

// cutTimes reads "7th " before a request.
func cutTimes(request string) (times int, rest string, err error) {
	parts := regexp.MustCompile(`^(\d+)(?:st|nd|rd|th) (.*)$`).FindStringSubmatch(request)
	if parts == nil {
		return 1, request, nil
	}
	times, err = strconv.Atoi(parts[1])
	return times, parts[2], err
}

// exchange reads what stands between requests (">") and answers ("<").
func (r *reader) exchange(text string) (Exchange, error) {
	x := Exchange{File: r.file, Config: r.config}
	var answer []string
	finish := func() error {
		if len(answer) == 0 {
			return nil
		}
		want, err := parseAnswer(answer)
		x.Steps[len(x.Steps)-1].Want, answer = want, nil
		return err
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '>':
			if len(answer) > 0 || len(x.Steps) == 0 {
				if err := finish(); err != nil {
					return x, err
				}
				x.Steps = append(x.Steps, Step{Times: 1})
			}
			if err := r.requestLine(&x.Steps[len(x.Steps)-1], line[1:]); err != nil {
				return x, err
			}
		case line[0] == '<' && len(x.Steps) > 0:
			answer = append(answer, strings.TrimPrefix(line[1:], " "))
		default:
			if err := x.describe(line); err != nil {
				return x, err
			}
		}
	}
	if len(x.Steps) == 0 || len(answer) == 0 || x.Route == "" || x.Reason == "" {
		return x, errors.New("an exchange has a route, a reason, a request and an answer")
	}
	return x, finish()
}

func (x *Exchange) describe(line string) error {
	key, value, _ := strings.Cut(line, ": ")
	switch key {
	case "route":
		x.Route = value
	case "reason":
		x.Reason = value
	case "config":
		x.Config = value
	default:
		return fmt.Errorf("line %q is none of route, reason, config, request and answer", line)
	}
	return nil
}

func (r *reader) requestLine(s *Step, line string) error {
	line = strings.TrimPrefix(line, " ")
	switch {
	case strings.HasPrefix(line, `"`):
		raw, err := strconv.Unquote(line)
		s.Request += raw
		return err
	case strings.HasPrefix(line, "@"):
		lines, err := r.caller(line[1:])
		s.Request += lines
		return err
	case strings.HasPrefix(line, "times: "), strings.HasPrefix(line, "first: "):
		n, err := strconv.Atoi(line[len("times: "):])
		s.Times, s.First = n, line[0] == 'f'
		return err
	}
	s.Request += line + "\r\n"
	return nil
}
