package httpserver

// exampleFails begins the sentence that says why the example of an operation is refused when it is sent from /docs as it stands.
const exampleFails = "El ejemplo no sirve tal cual: "

// NotAsItStands is the end of the description of an operation whose example cannot work for all readers of /docs; what they must do
// first, or write instead, is why. The examples of all other operations work in a shop where the demo has run.
func NotAsItStands(why string) string { return exampleFails + why + "." }

// ForServices is NotAsItStands of an operation that refuses the tokens of users.
const ForServices = exampleFails + "esta operación pide el token de un servicio de la tienda, y el de un usuario es 403."
