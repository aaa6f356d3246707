package httpserver

// exampleFails begins the sentence that says why an operation refuses its own example, sent from /docs unchanged.
const exampleFails = "El ejemplo no sirve tal cual: "

// NotAsItStands ends the description of an operation whose example cannot work for all readers of /docs; why says what they must
// do first, or write instead. The examples of all other operations work in a shop where the demo has run.
func NotAsItStands(why string) string { return exampleFails + why + "." }

// ForServices is NotAsItStands of an operation that refuses the tokens of users.
const ForServices = exampleFails + "esta operación pide el token de un servicio de la tienda, y el de un usuario es 403."
