"""sink.py PORT FOLDER: a mail server that sends nothing on. What it takes lies in FOLDER/mails, a file each: two lines that say
who sent it and for whom (X-Sink-From, X-Sink-To), then the message as it came.

FOLDER/answers says what it answers instead, read again at every command; the first line that fits is taken:

    rcpt later@* 450 busy          STAGE (mail, rcpt, data) RECEIVER (in the stage mail: the sender) ANSWER
    rcpt never@* 550 no such person
    data slow@* wait 3             takes it after so many seconds
    data rude@* close              takes it and closes without a word
"""
import asyncio, fnmatch, pathlib, signal, sys

from aiosmtpd.smtp import SMTP

LARGEST = 10_000_000


class Sink:
    def __init__(self, folder):
        self.mails, self.answers, self.number = folder / "mails", folder / "answers", 0
        self.mails.mkdir(parents=True, exist_ok=True)
        known = [int(path.name.split("-")[0]) for path in self.mails.glob("*.eml")]
        self.number = max(known, default=0)

    async def scripted(self, stage, *addresses):
        """What the script says, or None; waits where it says so."""
        lines = self.answers.read_text().splitlines() if self.answers.exists() else []
        for line in lines:
            at, pattern, words = (line.split(None, 2) + ["", "", ""])[:3]
            if at == stage and any(fnmatch.fnmatch(address, pattern) for address in addresses):
                if not words.startswith("wait "):
                    return words
                await asyncio.sleep(float(words.removeprefix("wait ")))
                return None
        return None

    async def handle_MAIL(self, server, session, envelope, address, options):
        if answer := await self.scripted("mail", address):
            return answer
        envelope.mail_from = address
        return "250 fine"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if answer := await self.scripted("rcpt", address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        answer = await self.scripted("data", *envelope.rcpt_tos)
        if answer and answer != "close":
            return answer
        self.number += 1
        path = self.mails / f"{self.number:06}-{envelope.rcpt_tos[0].replace('/', '_')}.eml"
        heads = f"X-Sink-From: {envelope.mail_from}\r\nX-Sink-To: {', '.join(envelope.rcpt_tos)}\r\n"
        # Whoever looks sees whole messages alone.
        made = path.with_suffix(".part")
        made.write_bytes(heads.encode() + envelope.original_content)
        made.rename(path)
        if answer == "close":
            server.transport.abort()
        return "250 taken"


async def main(port, folder):
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    sink = Sink(folder)
    make = lambda: SMTP(sink, data_size_limit=LARGEST, hostname="sink", ident="sink")
    server = await loop.create_server(make, "127.0.0.1", port)
    print("READY", flush=True)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), pathlib.Path(sys.argv[2])))
