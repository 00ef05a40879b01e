module example.net/trailmap

go 1.24

require (
	github.com/go-chi/chi/v5 v5.2.2
	github.com/go-chi/cors v1.2.1
	github.com/go-chi/httprate v0.15.0
	github.com/jackc/pgx/v5 v5.7.4
)
