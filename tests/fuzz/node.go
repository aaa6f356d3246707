package fuzz

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// node is a JSON value that may be wrong in ways which no encoder would write: members twice, numbers that no type holds.
type node struct {
	kind    byte // '{', '[' or 0 for raw text
	raw     string
	names   []string // of the members, as raw JSON strings
	members []*node  // or the items
}

func leaf(v any) *node {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("fuzz: %v is no JSON", v))
	}
	return &node{raw: string(text)}
}

func text(raw string) *node { return &node{raw: raw} }

func (n *node) put(name string, value *node) {
	n.names = append(n.names, leaf(name).raw)
	n.members = append(n.members, value)
}

// replace sets a member that is there.
func (n *node) replace(name string, value *node) {
	for i := range n.names {
		if n.names[i] == leaf(name).raw {
			n.members[i] = value
		}
	}
}

func (n *node) write(b *bytes.Buffer) {
	if n.kind == 0 {
		b.WriteString(n.raw)
		return
	}
	b.WriteByte(n.kind)
	for i, m := range n.members {
		if i > 0 {
			b.WriteByte(',')
		}
		if n.kind == '{' {
			b.WriteString(n.names[i])
			b.WriteByte(':')
		}
		m.write(b)
	}
	b.WriteByte(n.kind + 2) // } follows { by two, as ] follows [
}

func (n *node) String() string {
	if n == nil {
		return ""
	}
	var b bytes.Buffer
	n.write(&b)
	return b.String()
}

func (n *node) clone() *node {
	if n == nil {
		return nil
	}
	c := *n
	c.names = append([]string(nil), n.names...)
	c.members = nil
	for _, m := range n.members {
		c.members = append(c.members, m.clone())
	}
	return &c
}

// all are the node and everything below it.
func (n *node) all() []*node {
	list := []*node{n}
	for _, m := range n.members {
		list = append(list, m.all()...)
	}
	return list
}

// objects are those of all that have members.
func (n *node) objects() []*node {
	return slices.DeleteFunc(n.all(), func(m *node) bool { return m.kind != '{' || len(m.members) == 0 })
}

func (n *node) drop(i int) {
	n.names, n.members = slices.Delete(n.names, i, i+1), slices.Delete(n.members, i, i+1)
}

// decode reads a body as a client's JSON library would, numbers kept as they are written.
func decode(body []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, fmt.Errorf("more than one value")
	}
	return v, nil
}
