package domain

import _ "example.com/malo/adapters/store" // wrong on purpose
