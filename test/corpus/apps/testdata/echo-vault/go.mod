module example.net/echo-vault

go 1.23

require (
	github.com/labstack/echo/v4 v4.13.3
	github.com/prometheus/client_golang v1.22.0
	modernc.org/sqlite v1.37.0
)
