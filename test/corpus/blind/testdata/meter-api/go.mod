module example.org/meter-api

go 1.23

require (
	github.com/go-chi/chi/v5 v5.2.1
	github.com/go-chi/httprate v0.14.1
	github.com/jackc/pgx/v5 v5.7.2
	github.com/rs/cors v1.11.1
)
