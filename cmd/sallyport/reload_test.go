package main

import (
	"os"
	"os/signal"
	"syscall"
	"testing"

	"sallyport/internal/config"
	"sallyport/secret"
)

func TestHangupsAreCaughtFromTheStartToTheEnd(t *testing.T) {
	witness := make(chan os.Signal, 1) // without anybody who catches it the signal ends this process
	signal.Notify(witness, syscall.SIGHUP)
	defer signal.Stop(witness)
	hangups, leave := catchHangups()
	defer leave()
	for range 2 { // the second comes when the first was handed to everybody
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		<-witness
	}
	select {
	case <-hangups:
	default:
		t.Error("the signal came before somebody listened, and is lost")
	}
}

func TestOnlyWhatChangedNeedsARestart(t *testing.T) {
	configured := func(token, chat string) *config.Config {
		c := &config.Config{}
		c.Secrets.Alerts.Telegram = secret.New(token)
		c.Alerts.Targets = []config.AlertTarget{{Name: "phone", Chat: chat}}
		return c
	}
	for name, tt := range map[string]struct {
		token, chat string
		want        bool
	}{
		"nothing":        {"token-of-the-bot", "1", false},
		"secret":         {"another-token-of-the-bot", "1", true},
		"target's chat":  {"token-of-the-bot", "2", true},
		"secret removed": {"", "1", true},
	} {
		t.Run(name, func(t *testing.T) {
			f := follower{cfg: configured("token-of-the-bot", "1")}
			if got := f.needsRestart(configured(tt.token, tt.chat)); got != tt.want {
				t.Errorf("needs a restart: %v, want %v", got, tt.want)
			}
		})
	}
}
