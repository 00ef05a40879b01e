module example.org/filedrop

go 1.24
