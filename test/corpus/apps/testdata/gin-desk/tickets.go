package main

import (
	"html"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/gin-gonic/gin"
)

// User can log in.
type User struct {
	ID    uint
	Email string
	Hash  string `json:"-"`
}

// Ticket is what users write.
type Ticket struct {
	ID     uint
	Title  string
	Public bool
}

func tickets(c *gin.Context) {
	var out []Ticket
	order := c.DefaultQuery("order", "id")
	if err := db.Order(order).Find(&out).Error; err != nil {
		c.JSON(500, gin.H{"error": err.Error()})
		return
	}
	c.JSON(200, out)
}

func publicTickets(c *gin.Context) {
	var out []Ticket
	db.Raw("SELECT * FROM tickets WHERE public AND title LIKE '%" + c.Query("q") + "%'").Scan(&out)
	c.JSON(200, out)
}

func attach(c *gin.Context) {
	fh, err := c.FormFile("file")
	if err != nil {
		c.AbortWithStatus(http.StatusBadRequest)
		return
	}
	dst := filepath.Join(os.TempDir(), "attach-"+c.Param("id"))
	if err := c.SaveUploadedFile(fh, dst); err != nil {
		c.AbortWithError(500, err)
		return
	}
	f, _ := os.Open(dst)
	res, err := http.Post("http://store:9000/put", "application/octet-stream", f)
	if err != nil {
		c.Error(err)
		c.String(502, "store: %v", err)
		return
	}
	io.Copy(io.Discard, res.Body)
	os.Remove(dst)
	c.Status(201)
}

func me(c *gin.Context) {
	name := c.Query("name")
	c.Header("Content-Type", "text/html")
	c.String(200, "<p>Hello "+name+"</p>")
	c.String(200, "<p>Hello "+html.EscapeString(name)+"</p>")
	_ = template.HTML("<hr>")
}

func users(c *gin.Context) {
	var out []User
	db.Find(&out)
	c.JSON(200, out)
}

func deleteUser(c *gin.Context) {
	db.Delete(&User{}, "id = ?", c.Param("id"))
	c.Redirect(302, "/admin?done="+url.QueryEscape(c.Param("id")))
}
