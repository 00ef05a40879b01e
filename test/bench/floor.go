package main

import (
	"net/http"
	"os"
	"strconv"
	"strings"
)

// floorArgument makes this program the floor: a bare handler with a body of about the size of an answer.
const floorArgument = "serve-floor"

func serveFloor() {
	body := []byte(`{"success":true,"data":"` + strings.Repeat("x", 400) + `"}`)
	length := strconv.Itoa(len(body))
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", length)
		w.Write(body)
	})
	if err := http.ListenAndServe(os.Args[2], handler); err != nil {
		os.Stderr.WriteString("floor: " + err.Error() + "\n")
		os.Exit(1)
	}
}
