module example.com/malo

go 1.26.0
