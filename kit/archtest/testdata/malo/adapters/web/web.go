package web

import _ "example.com/malo/adapters/store"
