import assert from "node:assert/strict";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface MailServer {
  readonly port: number;
  readonly url: string;
  readonly mails: { readonly from: string; readonly to: readonly string[]; readonly text: string }[];
  connections(): number;
  close(): Promise<void>;
}

/** A mail server that takes all mails, unless the options say otherwise. */
export async function smtpServer(options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
  const mails: MailServer["mails"] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    closeTimeout: 10,
    socketTimeout: 1e9, // as HttpStub
    onConnect(_session, done) {
      connections++;
      done();
    },
    async onData(stream, { envelope }, done) {
      const content = await text(stream);
      const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
      mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), text: content });
      done();
    },
    ...options,
  });
  server.on("error", () => {}); // connections that the client cut
  server.listen(port, "127.0.0.1");
  await once(server.server, "listening");
  const address = server.server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    port: address.port,
    url: `smtp://127.0.0.1:${address.port}`,
    mails,
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
