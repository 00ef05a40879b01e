module example.net/gin-desk

go 1.22

require (
	github.com/dgrijalva/jwt-go v3.2.0+incompatible
	github.com/gin-contrib/cors v1.7.3
	github.com/gin-gonic/gin v1.10.0
	golang.org/x/net v0.5.0
	gorm.io/driver/mysql v1.5.7
	gorm.io/gorm v1.25.12
)
