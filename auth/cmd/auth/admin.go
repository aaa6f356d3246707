package main

import (
	"bufio"
	"cmp"
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
	"github.com/tienda-go/tienda/kit/service"

	"github.com/tienda-go/tienda/auth/adapters/bunstore"
	"github.com/tienda-go/tienda/auth/adapters/firma"
	"github.com/tienda-go/tienda/auth/app"
	"github.com/tienda-go/tienda/auth/domain"
)

// consola reads a name and a password. A password is never an argument: every user of the machine can see arguments.
type consola struct {
	entrada *bufio.Reader
	salida  io.Writer
	secreto func() (string, error) // reads a line without showing it; nil = like any other line
}

func nuevaConsola(entrada *os.File, salida io.Writer) consola {
	c := consola{entrada: bufio.NewReader(entrada), salida: salida}
	if fd := int(entrada.Fd()); term.IsTerminal(fd) {
		c.secreto = func() (string, error) {
			raw, err := term.ReadPassword(fd)
			fmt.Fprintln(salida) // the hidden input did not end the line
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
		err = errors.New("the input ended; give what is asked for, a line each")
	}
	return strings.TrimRight(line, "\r\n"), err
}

// confirmar asks for a yes; any other answer means no.
func (c consola) confirmar(que string) error {
	respuesta, err := c.preguntar(que + " Type yes")
	if err != nil {
		return err
	}
	if respuesta != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}

// conServicio runs a command on the database of the configuration, also while the service runs.
func conServicio(ctx context.Context, orden func(*app.Servicio) error) error {
	cfg, err := config.Load[configuracion]()
	if err != nil {
		return err
	}
	programa, cerrar, err := inicializar(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer cerrar()
	return orden(programa.servicio)
}

// crearAdmin is `auth admin create`.
func crearAdmin(ctx context.Context, c consola) error {
	return conServicio(ctx, func(s *app.Servicio) error {
		nombre, err := c.preguntar("Name")
		if err != nil {
			return err
		}
		u, err := s.Buscar(ctx, nombre)
		switch {
		case err == nil:
			return c.ascender(ctx, s, u)
		case !errors.Is(err, domain.ErrUsuarioDesconocido):
			return explicar(err)
		}
		alta := domain.Alta{Nombre: nombre}
		if err := c.pedirAlta(&alta); err != nil {
			return err
		}
		if u, err = s.CrearAdmin(ctx, alta); err != nil {
			return explicar(err)
		}
		_, err = fmt.Fprintf(c.salida, "administrator %s created, user %d\n", u.Nombre(), u.ID())
		return err
	})
}

func (c consola) ascender(ctx context.Context, s *app.Servicio, u *domain.Usuario) error {
	if u.AdminActivo() {
		_, err := fmt.Fprintf(c.salida, "%s is an administrator already, user %d\n", u.Nombre(), u.ID())
		return err
	}
	que := fmt.Sprintf("%s exists, as %s. Make it an administrator, with the password that it has?", u.Nombre(), u.Rol())
	if err := c.confirmar(que); err != nil {
		return err
	}
	u, err := s.Ascender(ctx, u.ID())
	if err != nil {
		return explicar(err)
	}
	_, err = fmt.Fprintf(c.salida, "%s is an administrator now, user %d\n", u.Nombre(), u.ID())
	return err
}

// reponerContrasena is `auth password reset NAME`.
func reponerContrasena(ctx context.Context, salida io.Writer, nombre string) error {
	return conServicio(ctx, func(s *app.Servicio) error {
		u, nueva, err := s.ReponerContrasena(ctx, nombre)
		if err != nil {
			return explicar(err)
		}
		if !u.Activo() {
			fmt.Fprintln(salida, "The account is closed, and stays so: open it with PATCH /usuarios/{id}.")
		}
		_, err = fmt.Fprintf(salida, "The password of %s is now: %s\n"+
			"Its sessions have ended. Change it after the next login (POST /me/password).\n", u.Nombre(), nueva)
		return err
	})
}

// reponerClaves is `auth keys reset`. It does not read the old keys, so it works without the SECRET_KEY that encrypted them.
func reponerClaves(ctx context.Context, c consola) error {
	cfg, err := config.Load[configuracion]()
	if err != nil {
		return err
	}
	secretos, err := nuevosSecretos(cfg)
	if err != nil {
		return err
	}
	err = c.confirmar("All tokens and all sessions will end, and everybody will have to log in again. Reset the signing keys?")
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	db, cerrar, err := service.OpenDatabase(ctx, cfg.Settings(), log, bunstore.Migrations(), pasos(log)...)
	if err != nil {
		return err
	}
	defer cerrar()
	kid, err := firma.Reponer(ctx, bunstore.New(db), secretos.clave, service.Clock())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.salida, "The signing key is now %s. Running services know within 30 s; "+
		"an auth that did not start with this SECRET_KEY has to be started again.\n", kid)
	return err
}

func (c consola) pedirAlta(a *domain.Alta) (err error) {
	if a.Email, err = c.preguntar("E-mail"); err != nil {
		return err
	}
	if a.Contrasena, err = c.preguntarSecreto("Password"); err != nil {
		return err
	}
	repetida, err := c.preguntarSecreto("Password again")
	if err != nil {
		return err
	}
	if a.Contrasena != repetida {
		return errors.New("the two passwords differ; nothing was created")
	}
	return nil
}

// primerAdmin makes the configured administrator when there is none, and logs a warning when an operator could not log in.
func primerAdmin(ctx context.Context, cfg configuracion, servicio *app.Servicio, log *slog.Logger) error {
	if cfg.AdminNombre == "" {
		exists, err := servicio.HayAdmin(ctx)
		if err == nil && !exists {
			log.WarnContext(ctx, "there is no administrator; `auth admin create` makes one")
		}
		return err
	}
	made, err := servicio.CrearPrimerAdmin(ctx, cfg.alta())
	if err != nil {
		return fmt.Errorf("first administrator (ADMIN_USERNAME, ADMIN_EMAIL, ADMIN_PASSWORD): %w", err)
	}
	if made {
		log.InfoContext(ctx, "first administrator created", "username", cfg.AdminNombre)
		return nil
	}
	same, err := servicio.EsSuContrasena(ctx, cfg.AdminNombre, cfg.AdminContrasena.Reveal())
	if err != nil && !errors.Is(err, domain.ErrUsuarioDesconocido) {
		return err
	}
	if !same {
		log.WarnContext(ctx, "ADMIN_PASSWORD is not the password of ADMIN_USERNAME: it counts at the first start, "+
			"when there is no administrator; `auth password reset NAME` sets another")
	}
	return nil
}

// explicar is a refusal in the language of the commands, each wrong field on its own line. Messages to clients are in Spanish.
func explicar(err error) error {
	for kind, ingles := range map[*fault.Kind]string{
		domain.ErrUsuarioDesconocido: "there is no user with this name or address",
		domain.ErrUsuarioExiste:      "another user has this name or address",
		domain.ErrCuentaCambiada:     "the account is closed; open it with PATCH /usuarios/{id}",
		fault.ErrUnavailable:         "the database does not answer; repeat the command when it does",
	} {
		if errors.Is(err, kind) {
			return errors.New(ingles)
		}
	}
	f := fault.From(err)
	if len(f.Fields) == 0 {
		return err
	}
	lines := []string{"this cannot be an administrator's:"}
	for _, campo := range f.Fields {
		lines = append(lines, "  "+campo.Campo+": "+enIngles(campo))
	}
	return errors.New(strings.Join(lines, "\n"))
}

// enIngles is what is wrong with a field of a registration.
func enIngles(campo fault.Field) string {
	ingles := map[string]string{
		"username FORMATO":  "It must have 3 to 40 of a-z, 0-9, dot, hyphen and underscore.",
		"username VALOR":    "It is the name of a service, or looks like one.",
		"email FORMATO":     "It must be an address such as ana@example.com, without invisible characters.",
		"password LONGITUD": "It must have 8 to 256 characters.",
		"password FORMATO":  "It must not have a NUL.",
		"password VALOR":    "It is easy to guess: common, or made of the name or the address. Several words together are a good one.",
	}
	return cmp.Or(ingles[campo.Campo+" "+campo.Codigo], campo.Mensaje)
}
