// Reads mails with Node's mailparser, for test_readers.py: `node mailparser.mjs MODULES < PATHS > LINES`.
// A path a line comes in; what was read goes out as a line of JSON, in the same order.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { simpleParser } = createRequire(`${process.argv[2]}/`)("mailparser");
const asWritten = { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true, keepCidLinks: true };

const mailbox = ({ name, address, group }) => (group ? { name, members: group.map(mailbox) } : [name, address]);

for await (const path of createInterface({ input: process.stdin })) {
    const mail = await simpleParser(await readFile(path), asWritten);
    const addresses = Object.fromEntries(
        ["from", "sender", "reply-to", "to", "cc", "bcc"].map((name) => [name, (mail.headers.get(name)?.value ?? []).map(mailbox)]),
    );
    const read = {
        ...addresses,
        subject: mail.subject ?? "",
        date: mail.date?.toISOString(),
        messageId: mail.messageId,
        inReplyTo: mail.inReplyTo ?? null,
        references: [mail.references ?? []].flat(),
        text: mail.text ?? "",
        html: mail.html || "",
        attachments: mail.attachments.map((part) => [
            part.filename ?? null,
            part.contentType,
            createHash("sha256").update(part.content).digest("hex"),
            part.cid ?? null,
        ]),
    };
    console.log(JSON.stringify(read));
}
