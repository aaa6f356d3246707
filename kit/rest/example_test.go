package rest_test

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/tienda-go/tienda/kit/rest"
)

// The version of what a client has read is its ETag.
func ExampleETag() {
	fmt.Println(rest.ETag(3), rest.NotModified(`"2", W/"3"`, 3))
	// Output: "3" true
}

// An answer without rows is an empty list.
func ExampleList() {
	some, _ := json.Marshal(rest.List([]int{1, 2}, strconv.Itoa))
	none, _ := json.Marshal(rest.List(nil, strconv.Itoa))
	fmt.Println(string(some), string(none))
	// Output: ["1","2"] []
}
