module example.net/fit-tracker

go 1.23

require golang.org/x/time v0.11.0
