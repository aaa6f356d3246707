package domain_test

import _ "testing"
