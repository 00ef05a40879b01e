package main

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"log"
	"net/http"
	"os"
	"time"
)

const chat = "-1002233445566"

// tell sends a formatted message to the chat of the owners.
func tell(ctx context.Context, text string) {
	token := os.Getenv("METER_TELEGRAM")
	if token == "" {
		return
	}
	body, _ := json.Marshal(map[string]string{"chat_id": chat, "text": text, "parse_mode": "HTML"})
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.telegram.org/bot"+token+"/sendMessage", bytes.NewReader(body))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Printf("telegram: %v", err)
		return
	}
	response.Body.Close()
}

func tellHigh(ctx context.Context, meter string) {
	tell(ctx, "<b>High</b> "+html.EscapeString(meter))
}

func tellStrange(ctx context.Context, meter, raw string) {
	tell(ctx, "<b>Strange</b> "+meter+": <code>"+raw+"</code>")
}
