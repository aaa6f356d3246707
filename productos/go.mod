module github.com/tienda-go/tienda/productos

go 1.26.0

require github.com/tienda-go/tienda/kit v0.1.0

require github.com/stretchr/testify v1.12.1 // indirect

replace github.com/tienda-go/tienda/kit => ../kit
