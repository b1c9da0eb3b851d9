// A mail server for stories: it refuses for good until it is told to take mail, so that a job fails the way it does in life.
import { type AddressInfo, type Socket, createServer } from "node:net";

export type MailServer = { setting: string; accept: () => void; taken: () => number; stop: () => Promise<void> };

export async function startMail(): Promise<MailServer> {
  let accepts = false;
  let taken = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.write("220 story\r\n");
    let inBody = false;
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
      for (let end = text.indexOf("\r\n"); end >= 0; end = text.indexOf("\r\n")) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        socket.write(answer(line));
      }
    });
    const answer = (line: string): string => {
      if (inBody) {
        if (line !== ".") return "";
        inBody = false;
        taken += 1;
        return "250 taken\r\n";
      }
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === "RCPT" && !accepts) return "554 5.7.1 nothing of yours\r\n";
      if (verb === "QUIT") return "221 bye\r\n";
      if (verb === "DATA") {
        inBody = true;
        return "354 go on\r\n";
      }
      return "250 story\r\n";
    };
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    setting: `smtp://127.0.0.1:${port}?tls=none`,
    accept: () => {
      accepts = true;
    },
    taken: () => taken,
    stop: () =>
      new Promise((done) => {
        for (const socket of open) socket.destroy();
        server.close(() => done());
      }),
  };
}

/** A mail as it was sent: what its file and the page beside it say. */
export type Letter = { to: string; subject: string; unsubscribe: string | null; text: string; html: string };

/** The mails among the files of a `file:` mailer, which stand in the order of their names: a message, then its page. */
export function lettersIn(files: string[]): Letter[] {
  return files.flatMap((file, index) => {
    if (!file.startsWith("To: ")) return [];
    const end = file.indexOf("\n\n");
    const head = file.slice(0, end);
    const header = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(head)?.[1] ?? null;
    return {
      to: header("To") ?? "",
      subject: header("Subject") ?? "",
      unsubscribe: header("List-Unsubscribe")?.slice(1, -1) ?? null,
      text: file.slice(end + 2),
      html: files[index + 1] ?? "",
    };
  });
}
