// Sends mails one after the other, and prints who was refused, or the error: node nodemailer.mjs MODULE TASK
import { createRequire } from "node:module";

const [, , module, task] = process.argv;
const { createTransport } = createRequire(module)("nodemailer");
const { port, security, login, lmtp, mails } = JSON.parse(task);
const transport = createTransport({
  host: "localhost",
  port,
  lmtp,
  pool: true,
  maxConnections: 1,
  secure: security === "tls",
  requireTLS: security === "starttls",
  ignoreTLS: security === "plain",
  auth: login ? { user: login[0], pass: login[1] } : undefined,
});
const told = { error: null, refused: [] };
try {
  for (const { sender, to, subject, text, filename } of mails) {
    const attachments = filename ? [{ filename, content: "x" }] : [];
    const sent = await transport.sendMail({ from: sender, to, subject, text, attachments });
    told.refused.push(...sent.rejected);
  }
} catch (error) {
  told.error = String(error);
}
transport.close();
console.log(JSON.stringify(told));
