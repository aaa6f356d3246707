package strictjson_test

import (
	"fmt"

	"github.com/tienda-go/tienda/kit/strictjson"
)

// encoding/json would take the second quantity.
func ExampleScan() {
	fmt.Println(strictjson.Scan([]byte(`{"cantidad":1,"cantidad":9}`)))
	fmt.Println(string(strictjson.Whole([]byte(`{"cantidad":2.0}`))))
	// Output:
	// repite un campo en el mismo objeto
	// {"cantidad":2}
}
