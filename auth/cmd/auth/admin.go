package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/tienda-go/tienda/kit/config"
	"github.com/tienda-go/tienda/kit/fault"

	"github.com/tienda-go/tienda/auth/domain"
)

// consola is where an administrator's name and password are asked for. A password is never an argument: those are for everybody
// on the machine to see.
type consola struct {
	entrada *bufio.Reader
	salida  io.Writer
	secreto func() (string, error) // reads a line without showing it; nil = as any other line
}

func nuevaConsola(entrada *os.File, salida io.Writer) consola {
	c := consola{entrada: bufio.NewReader(entrada), salida: salida}
	if fd := int(entrada.Fd()); term.IsTerminal(fd) {
		c.secreto = func() (string, error) {
			raw, err := term.ReadPassword(fd)
			fmt.Fprintln(salida) // the line that was ended unseen
			return string(raw), err
		}
	}
	return c
}

func (c consola) preguntar(que string) (string, error) {
	fmt.Fprint(c.salida, que+": ")
	return c.linea()
}

func (c consola) preguntarSecreto(que string) (string, error) {
	fmt.Fprint(c.salida, que+": ")
	if c.secreto != nil {
		return c.secreto()
	}
	return c.linea()
}

func (c consola) linea() (string, error) {
	line, err := c.entrada.ReadString('\n')
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("the input ended; give name, e-mail, and the password twice, a line each")
	}
	return strings.TrimRight(line, "\r\n"), err
}

// crearAdmin is `auth admin create`: it works on the database that the configuration names, also while the service runs.
func crearAdmin(ctx context.Context, c consola) error {
	cfg, err := config.Load[configuracion]()
	if err != nil {
		return err
	}
	secretos, err := cfg.resolver()
	if err != nil {
		return err
	}
	programa, cerrar, err := inicializar(ctx, cfg, secretos, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer cerrar()
	alta, err := c.pedirAlta()
	if err != nil {
		return err
	}
	u, err := programa.servicio.CrearAdmin(ctx, alta)
	if err != nil {
		return explicar(err)
	}
	_, err = fmt.Fprintf(c.salida, "administrator %s created, user %d\n", u.Nombre(), u.ID())
	return err
}

func (c consola) pedirAlta() (domain.Alta, error) {
	var a domain.Alta
	var repetida string
	for _, paso := range []struct {
		que     string
		en      *string
		secreto bool
	}{{"Name", &a.Nombre, false}, {"E-mail", &a.Email, false}, {"Password", &a.Contrasena, true}, {"Password again", &repetida, true}} {
		preguntar := c.preguntar
		if paso.secreto {
			preguntar = c.preguntarSecreto
		}
		var err error
		if *paso.en, err = preguntar(paso.que); err != nil {
			return a, err
		}
	}
	if a.Contrasena != repetida {
		return a, errors.New("the two passwords differ; nothing was created")
	}
	return a, nil
}

// explicar puts every wrong field on a line of its own.
func explicar(err error) error {
	f := fault.From(err)
	lines := []string{f.Detail}
	for _, field := range f.Fields {
		lines = append(lines, "  "+field.Campo+": "+field.Mensaje)
	}
	return errors.New(strings.Join(lines, "\n"))
}
