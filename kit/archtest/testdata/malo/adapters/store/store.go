package store

import _ "fmt"
