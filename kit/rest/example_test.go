package rest_test

import (
	"fmt"

	"github.com/tienda-go/tienda/kit/rest"
)

// The version of what a client has read is its ETag.
func ExampleETag() {
	fmt.Println(rest.ETag(3), rest.NotModified(`"2", W/"3"`, 3))
	// Output: "3" true
}
