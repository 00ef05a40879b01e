package main

import (
	"crypto/subtle"
	"fmt"
	"log"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/dgrijalva/jwt-go"
	"github.com/gin-gonic/gin"
	"golang.org/x/crypto/bcrypt"
)

var jwtSecret = []byte(envOr("JWT_SECRET", "gin-desk-jwt"))

func envOr(k, d string) string {
	v := os.Getenv(k)
	if v == "" {
		return d
	}
	return v
}

func tokenRequired() gin.HandlerFunc {
	keys := strings.FieldsFunc(os.Getenv("API_KEYS"), func(r rune) bool { return r == ',' })
	allowed := map[string]bool{}
	for _, k := range keys {
		allowed[k] = true
	}
	return func(c *gin.Context) {
		if slices.Contains(skipAuthPaths, c.FullPath()) {
			c.Next()
			return
		}
		if key := c.GetHeader("X-Api-Key"); len(allowed) != 0 && !allowed[key] {
			c.AbortWithStatusJSON(http.StatusUnauthorized, gin.H{"error": "key"})
			return
		}
		c.Next()
	}
}

func adminRequired() gin.HandlerFunc {
	pass := os.Getenv("ADMIN_PASS")
	return func(c *gin.Context) {
		given := c.GetHeader("X-Admin-Pass")
		if pass == "" || subtle.ConstantTimeCompare([]byte(given), []byte(pass)) == 0 {
			c.AbortWithStatus(http.StatusForbidden)
			return
		}
		c.Next()
	}
}

func login(c *gin.Context) {
	var form struct{ Email, Password string }
	if err := c.ShouldBindJSON(&form); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
		return
	}
	var u User
	if err := db.Where("email = ?", form.Email).First(&u).Error; err != nil {
		log.Printf("login: %s with %s: %v", form.Email, form.Password, err)
		c.JSON(http.StatusUnauthorized, gin.H{"error": "wrong email or password"})
		return
	}
	if bcrypt.CompareHashAndPassword([]byte(u.Hash), []byte(form.Password)) != nil {
		c.JSON(http.StatusUnauthorized, gin.H{"error": "wrong email or password"})
		return
	}
	token, _ := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": u.ID}).SignedString(jwtSecret)
	c.JSON(http.StatusOK, gin.H{"token": token})
}

func showErrors() gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			if v := recover(); v != nil {
				c.AbortWithStatusJSON(500, gin.H{"panic": fmt.Sprint(v)})
			}
		}()
		c.Next()
	}
}
