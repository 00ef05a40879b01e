module example.net/pager

go 1.24

require github.com/go-telegram-bot-api/telegram-bot-api/v5 v5.5.1
