package domain

import (
	"errors"

	"github.com/tienda-go/tienda/kit/fault"
)

// The refusals of this service. Clients switch on the second argument.
var (
	ErrUsuarioExiste      = fault.Define(fault.Conflict, "USUARIO_EXISTE", "El usuario ya existe")
	ErrCredenciales       = fault.Define(fault.Unauthenticated, "CREDENCIALES_INVALIDAS", "Credenciales no válidas")
	ErrContrasenaActual   = fault.Define(fault.Forbidden, "CONTRASENA_ACTUAL_INCORRECTA", "La contraseña actual no es esa")
	ErrSesionTerminada    = fault.Define(fault.Unauthenticated, "SESION_TERMINADA", "La sesión ha terminado")
	ErrRefrescos          = fault.Define(fault.RateLimited, "DEMASIADOS_REFRESCOS", "Demasiados refrescos")
	ErrClienteInvalido    = fault.Define(fault.Unauthenticated, "CLIENTE_INVALIDO", "Cliente no válido")
	ErrPeticionDeToken    = fault.Define(fault.Malformed, "PETICION_DE_TOKEN_INVALIDA", "Petición de token no válida")
	ErrCuentaCambiada     = fault.Define(fault.Conflict, "CUENTA_CAMBIADA", "La cuenta ha cambiado")
	ErrUltimoAdmin        = fault.Define(fault.Conflict, "ULTIMO_ADMIN", "Es el último administrador")
	ErrIntentos           = fault.Define(fault.RateLimited, "DEMASIADOS_INTENTOS", "Demasiados intentos")
	ErrRegistros          = fault.Define(fault.RateLimited, "DEMASIADOS_REGISTROS", "Demasiados registros")
	ErrUsuarioDesconocido = fault.Define(fault.NotFound, "USUARIO_NO_EXISTE", "El usuario no existe")
)

// errImposible is about a row that this service cannot have written.
var errImposible = errors.New("domain: impossible row in storage")

// ContrasenaActualIncorrecta is the answer to a change that was asked for with a wrong password.
func ContrasenaActualIncorrecta() error {
	return ErrContrasenaActual.New("La contraseña actual no es correcta.")
}

// CredencialesInvalidas is the one answer to every wrong login.
func CredencialesInvalidas() error {
	return ErrCredenciales.New("El usuario o la contraseña no son correctos.")
}
