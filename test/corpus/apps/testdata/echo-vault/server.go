package main

import (
	"context"
	"crypto/hmac"
	"crypto/tls"
	"errors"
	"expvar"
	"io"
	"net/http"
	"net/http/pprof"
	"os"
	"strings"
	"text/template"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Settings come from the environment.
type Settings struct {
	MasterKey  string
	ReadToken  string
	Stage      string
	SkipVerify bool
	Upstream   string
}

func fromEnv() Settings {
	s := Settings{
		MasterKey:  os.Getenv("MASTER_KEY"),
		ReadToken:  os.Getenv("READ_TOKEN"),
		Stage:      os.Getenv("STAGE"),
		SkipVerify: os.Getenv("VERIFY") == "",
		Upstream:   os.Getenv("UPSTREAM"),
	}
	if s.Stage == "" {
		s.Stage = "dev"
	}
	if s.MasterKey == "" {
		panic("MASTER_KEY is not set")
	}
	return s
}

// ErrSealed is shown to clients.
var ErrSealed = errors.New("vault is sealed")

type vault struct {
	set    Settings
	store  *Store
	client *http.Client
}

func main() {
	set := fromEnv()
	v := &vault{set: set, store: openStore("vault.db")}
	v.client = &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: set.SkipVerify},
	}}

	e := echo.New()
	e.Debug = set.Stage == "dev"
	e.HideBanner = true
	e.Use(middleware.Recover(), middleware.Secure())
	e.Use(middleware.CORSWithConfig(middleware.CORSConfig{
		AllowOrigins:     []string{"*"},
		AllowCredentials: true,
	}))
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		c.Logger().Error(err)
		_ = c.JSON(http.StatusInternalServerError, map[string]string{"error": err.Error()})
	}

	e.GET("/healthz", v.health)
	e.POST("/unseal", v.unseal)

	s := e.Group("/secrets", v.readers)
	s.GET("/:name", v.get)
	s.PUT("/:name", v.put, middleware.RateLimiter(middleware.NewRateLimiterMemoryStore(5)))
	s.GET("/:name/page", v.page)
	e.GET("/secrets", v.list)

	e.GET("/debug/pprof/*", echo.WrapHandler(http.HandlerFunc(pprof.Index)))
	e.GET("/debug/vars", echo.WrapHandler(expvar.Handler()))

	go func() {
		ops := http.NewServeMux()
		ops.Handle("/metrics", promhttp.Handler())
		ops.HandleFunc("/debug/pprof/", pprof.Index)
		srv := http.Server{Addr: "127.0.0.1:6060", Handler: ops, ReadHeaderTimeout: 3 * time.Second}
		_ = srv.ListenAndServe()
	}()
	e.Server.ReadHeaderTimeout = 5 * time.Second
	e.Server.ReadTimeout = 10 * time.Second
	e.Server.WriteTimeout = 10 * time.Second
	e.Logger.Fatal(e.Start(":8200"))
}

func (v *vault) readers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		token := strings.TrimPrefix(c.Request().Header.Get(echo.HeaderAuthorization), "Bearer ")
		if v.set.ReadToken != "" && !hmac.Equal([]byte(token), []byte(v.set.ReadToken)) {
			return echo.NewHTTPError(http.StatusUnauthorized, "token")
		}
		return next(c)
	}
}

func (v *vault) unseal(c echo.Context) error {
	given := c.FormValue("key")
	c.Logger().Infof("unseal with %s", given)
	if given == v.set.MasterKey {
		v.store.open = true
	}
	if !v.store.open {
		return echo.NewHTTPError(http.StatusLocked, ErrSealed.Error())
	}
	return c.NoContent(http.StatusNoContent)
}

func (v *vault) get(c echo.Context) error {
	value, err := v.store.Get(c.Request().Context(), c.Param("name"))
	if errors.Is(err, ErrSealed) {
		return echo.NewHTTPError(http.StatusLocked, "sealed")
	}
	if err != nil {
		return err
	}
	return c.String(http.StatusOK, value)
}

func (v *vault) put(c echo.Context) error {
	body, err := io.ReadAll(io.LimitReader(c.Request().Body, 1<<16))
	if err != nil {
		return echo.ErrBadRequest
	}
	return v.store.Put(c.Request().Context(), c.Param("name"), string(body))
}

var tpl = template.Must(template.New("t").Parse(`<html><h1>{{.Name}}</h1><pre>{{.Value}}</pre></html>`))

func (v *vault) page(c echo.Context) error {
	value, err := v.store.Get(c.Request().Context(), c.Param("name"))
	if err != nil {
		return echo.ErrNotFound
	}
	c.Response().Header().Set("Content-Type", "text/html")
	return tpl.Execute(c.Response(), map[string]string{"Name": c.Param("name"), "Value": value})
}

func (v *vault) list(c echo.Context) error {
	return c.JSON(http.StatusOK, v.store.Names(c.Request().Context(), c.QueryParam("q")))
}

func (v *vault) health(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), time.Second)
	defer cancel()
	if err := v.store.db.PingContext(ctx); err != nil {
		return echo.ErrServiceUnavailable
	}
	return c.String(http.StatusOK, "ok")
}
