package main

import (
	"context"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"time"

	"example.net/trailmap/internal/config"
	"example.net/trailmap/internal/store"
	"example.net/trailmap/internal/web"
)

func main() {
	probe := flag.Bool("probe", false, "ask a running server for its health")
	flag.Parse()
	cfg, err := config.Load()
	if err != nil {
		slog.Error("configuration", "err", err)
		os.Exit(2)
	}
	if *probe {
		os.Exit(check(cfg.Addr))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	db, err := store.Open(ctx, cfg.DatabaseURL)
	if err != nil {
		slog.Error("database", "err", err)
		os.Exit(1)
	}
	srv := &http.Server{
		Addr:              cfg.Addr,
		Handler:           web.New(cfg, db),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
	}
	go func() {
		<-ctx.Done()
		_ = srv.Shutdown(context.Background())
	}()
	if err := srv.ListenAndServe(); err != http.ErrServerClosed {
		slog.Error("serving", "err", err)
	}
}

func check(addr string) int {
	client := http.Client{Timeout: 3 * time.Second}
	res, err := client.Get("http://" + addr + "/ready")
	if err != nil || res.StatusCode != http.StatusOK {
		return 1
	}
	return 0
}
