package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

type healthCommand struct {
	URL     string        `default:"http://127.0.0.1:8080/health" env:"SALLYPORT_HEALTH_URL" help:"What to ask; PORT in the environment changes the port of the default."`
	Timeout time.Duration `default:"4s" help:"How long to wait."`
}

// Help gives examples.
func (healthCommand) Help() string {
	return `Examples:
  sallyport health
  sallyport health --url http://127.0.0.1:8080/ready --timeout 2s

Exit code 0 when the answer is 200, 1 otherwise. It needs no shell and no curl in the image.`
}

// Run asks once. Redirects are not followed: a healthy server has none.
func (c *healthCommand) Run(environ environment) error {
	url := c.URL
	if port := environ.get("PORT"); port != "" && url == "http://127.0.0.1:8080/health" {
		url = "http://" + net.JoinHostPort("127.0.0.1", port) + "/health"
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return &usageError{fmt.Errorf("asking for health: %w", err)}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("asking for health: %w; hint: --url says where the server listens", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New("asking for health: the server answered " + response.Status)
	}
	return nil
}
