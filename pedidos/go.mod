module github.com/tienda-go/tienda/pedidos

go 1.26.0

require github.com/tienda-go/tienda/kit v0.1.0

replace github.com/tienda-go/tienda/kit => ../kit
