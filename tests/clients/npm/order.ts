// Buys with nothing but what openapi-typescript and openapi-fetch make of the four documents. The addresses of the services and the
// administrator's name and password are in the environment.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components as Auth, paths as AuthPaths } from "./auth.js";
import type { paths as InventarioPaths } from "./inventario.js";
import type { paths as PedidosPaths } from "./pedidos.js";
import type { paths as ProductosPaths } from "./productos.js";

function env(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
}

function got<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.status}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

const auth = createClient<AuthPaths>({ baseUrl: env("AUTH_URL") });
const session = (tokens: Auth["schemas"]["Tokens"]) => ({ headers: { Authorization: `Bearer ${tokens.access_token}` } });

const admin = session(got(await auth.POST("/login", { body: { username: env("ADMIN"), password: env("PASSWORD") } })));
const person = { username: "clienta.ts", password: "tres palabras juntas" };
got(await auth.POST("/register", { body: { ...person, email: "clienta.ts@example.com" } }));
const customer = session(got(await auth.POST("/login", { body: person })));

const productos = createClient<ProductosPaths>({ baseUrl: env("PRODUCTOS_URL"), ...admin });
const inventario = createClient<InventarioPaths>({ baseUrl: env("INVENTARIO_URL"), ...admin });
const pedidos = createClient<PedidosPaths>({ baseUrl: env("PEDIDOS_URL"), ...customer });

for (const precio of [0.01, 19.99, 1234567.89, 9999999999999.99]) {
  const product = got(await productos.POST("/productos", { body: { nombre: `Cliente TS ${precio}`, precio, sku: `TS-${precio}` } }));
  assert.equal(product.precio, precio);
  got(await inventario.POST("/inventario", { body: { producto_id: product.id, cantidad: 1 } }));

  const params = { header: { "Idempotency-Key": `ts-${precio}` } };
  const answer = await pedidos.POST("/pedidos", { params, body: { producto_id: product.id, cantidad: 1 } });
  const order = got(answer);
  assert.equal(order.total, precio);
  assert.equal(order.motivo_cancelacion, null);
  assert.equal(answer.response.headers.get("ETag"), `"${order.version}"`);

  const more = await pedidos.POST("/pedidos", { body: { producto_id: product.id, cantidad: 1 } });
  assert.equal(more.response.status, 409);
  if (more.error?.codigo !== "STOCK_INSUFICIENTE") throw new Error("another problem");
  assert.equal(more.error.lineas[0]?.disponible, 0);

  const path = { id: product.id };
  const plain = got(await productos.PATCH("/productos/{id}", { params: { path }, body: { sku: null } }));
  assert.equal(plain.sku, undefined);
  const stale = await productos.PATCH("/productos/{id}", { params: { path, header: { "If-Match": '"1"' } }, body: { precio: 1 } });
  if (stale.response.status !== 412 || stale.error?.codigo !== "VERSION_DISTINTA") throw new Error("not 412");
  assert.equal(stale.error.version_actual, plain.version);
}
console.log("bought");
