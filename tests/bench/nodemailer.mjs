// Sends N messages over C connections, and prints the seconds: node nodemailer.mjs MODULE PORT TLS N C FILE COMPOSE
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [, , module, port, tls, number, connections, file, compose] = process.argv;
const { createTransport } = createRequire(module)("nodemailer");
const raw = readFileSync(file);
const transport = createTransport({
  host: "127.0.0.1",
  port: Number(port),
  pool: true,
  maxConnections: Number(connections),
  maxMessages: Infinity,
  ignoreTLS: tls === "0",
  requireTLS: tls === "1",
  tls: { rejectUnauthorized: false },
});
const envelope = { from: "a@example.test", to: ["b@example.test"] };
const mail =
  compose === "1"
    ? { from: envelope.from, to: envelope.to[0], subject: "Your order", text: raw.toString() }
    : { envelope, raw };
const begun = process.hrtime.bigint();
await Promise.all(Array.from({ length: Number(number) }, () => transport.sendMail(mail)));
console.log(Number(process.hrtime.bigint() - begun) / 1e9);
transport.close();
