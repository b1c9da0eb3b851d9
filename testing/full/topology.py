"""The whole platform on all its engines: engines by the launchers of testing/engines, communities of several processes on them,
a proxy in front, Flower beside. What `run`, `test` and `outages` share.

Everything listens on loopback on ports of its own and lies in one folder. Whoever starts something ends it, in order.
"""
import json, os, pathlib, re, shutil, signal, socket, subprocess, sys, time, urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "testing" / "proxy"))
sys.dont_write_bytecode = True
from person import Client, free_port, until  # noqa: E402

ENGINES = ROOT / "testing" / "engines"
PATIENCE = 180


class NotHere(Exception):
    """An engine cannot be installed on this machine."""


def say(text):
    print(text, flush=True)


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def kept_port(file):
    """The port of the last time, if nobody took it."""
    before = int(file.read_text()) if file.exists() else 0
    port = before if before and is_free(before) else free_port()
    file.write_text(str(port))
    return port


class Program:
    """A process in a session of its own (the terminal's Ctrl-C is not for it), with a log."""

    def __init__(self, name, log):
        self.name, self.log, self.child = name, log, None

    def spawn(self, command, env=None):
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, start_new_session=True)

    def runs(self):
        return self.child is not None and self.child.poll() is None

    def signal(self, name):
        """To it and to all that it started."""
        try:
            os.killpg(self.child.pid, name)
        except ProcessLookupError:
            pass

    def kill(self):
        if self.child is not None:
            self.signal(signal.SIGKILL)
            self.child.wait()

    def end(self, patience=60):
        if not self.runs():
            return
        self.child.terminate()
        try:
            self.child.wait(patience)
        except subprocess.TimeoutExpired:
            say(f"{self.name} does not end: killed")
        self.kill()

    def words(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def answers(self, check):
        """Waits until it does what the check asks for; if it ends before, its last words are the error."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if not self.runs():
                break
            if check():
                return
            time.sleep(0.05)
        raise AssertionError(f"{self.name} does not start:\n{self.words()[-3000:]}")


class Engine(Program):
    """An engine by its launcher. It keeps its port and its data over restarts."""

    def __init__(self, name, folder, called=None, **more):
        self.launcher = ENGINES / name / "start"
        home = folder / (called or name)
        build = ROOT / "target" / "engines" / name / "build"
        for path in (home / "data", build):
            path.mkdir(parents=True, exist_ok=True)
        super().__init__(called or name, home / "log")
        self.port, self.data = kept_port(home / "port"), home / "data"
        self.env = os.environ | {"ENGINE_PORT": str(self.port), "ENGINE_DATA": str(self.data), "ENGINE_BUILD": str(build)} | more

    def verb(self, verb, **more):
        return subprocess.run([self.launcher, verb], env=self.env, stdin=subprocess.DEVNULL, text=True, **more)

    def install(self):
        if self.verb("install").returncode != 0:
            raise NotHere(self.name)

    def start(self):
        self.spawn([self.launcher, "run"], self.env)

    def is_ready(self):
        return self.verb("ready", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def wait(self):
        self.answers(self.is_ready)

    def restart(self):
        self.start()
        self.wait()

    def url(self, name):
        lines = self.verb("urls", capture_output=True).stdout.splitlines()
        return dict(line.split("=", 1) for line in lines)[f"SOCIOSPHERE_TEST_{name}_URL"]


class Flower(Program):
    """Celery's own eyes on the queue."""

    def __init__(self, folder, broker):
        super().__init__("flower", folder / "flower.log")
        self.port, self.broker = kept_port(folder / "flower.port"), broker

    def start(self):
        venv = ROOT / "target" / "celery"
        if subprocess.run([ROOT / "testing" / "celery" / "install", venv]).returncode != 0:
            raise NotHere("flower")
        command = [venv / "bin" / "celery", "-b", self.broker, "flower", "--address=127.0.0.1", f"--port={self.port}"]
        self.spawn(command, os.environ | {"FLOWER_UNAUTHENTICATED_API": "1"})
        self.answers(lambda: self.ask("/healthcheck", plain=True) is not None)

    def ask(self, path, plain=False):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                text = answer.read().decode()
        except OSError:
            return None
        return text if plain else json.loads(text)


class Platform:
    """All engines, running. `apart`: media have a MongoDB of their own, so that it can go alone."""

    def __init__(self, binary, folder, apart=False):
        self.binary, self.folder = pathlib.Path(binary).resolve(), folder
        # Some engines run as another user: they must get through.
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        names = ["mongodb", "redis", "rabbitmq", "opensearch", "smtp"]
        if os.environ.get("FULL_QUEUE") == "redis":
            names.remove("rabbitmq")
        self.engines = {name: Engine(name, folder) for name in names}
        if apart:
            self.engines["media"] = Engine("mongodb", folder, "media")
        self.flower, self.communities = None, []

    def __getattr__(self, name):
        try:
            return self.__dict__["engines"][name]
        except KeyError:
            raise AttributeError(name) from None

    def start(self):
        for engine in self.engines.values():
            engine.install()
        for engine in self.engines.values():
            engine.start()
        for engine in self.engines.values():
            engine.wait()
            say(f"{engine.name} answers")

    def broker(self):
        return self.engines["rabbitmq"].url("QUEUE_AMQP") if "rabbitmq" in self.engines else self.engines["redis"].url("QUEUE")

    def start_flower(self):
        self.flower = Flower(self.folder, self.broker())
        self.flower.start()

    def rabbitmq_url(self, name):
        """RabbitMQ for a community of this name; None where jobs go through Redis (FULL_QUEUE=redis)."""
        return self.engines["rabbitmq"].url("QUEUE_AMQP") + f"?prefix={name}" if "rabbitmq" in self.engines else None

    def settings(self, name):
        """The engines of a community: each one's part of them has its name."""
        named = lambda url: url.replace("/sociosphere?", f"/{name}?")
        store = named(self.engines["mongodb"].url("STORE"))
        redis = self.engines["redis"].url("CACHE").rstrip("/") + f"/0?prefix={name}"
        media = self.engines.get("media")
        return {
            "store": store,
            "blobs": "gridfs+" + named(media.url("GRIDFS")) if media else "gridfs:",
            "cache": redis, "rings": redis, "bus": redis,
            "queue": self.rabbitmq_url(name) or redis,
            "search": self.engines["opensearch"].url("SEARCH").rstrip("/") + f"/{name}",
            "mail": self.engines["smtp"].url("MAIL"),
            "mail_from": "SocioSphere <no-reply@social.example>",
        }

    def community(self, name, proxy=None, serves=2, workers=2, **settings):
        made = Community(self, name, proxy, serves, workers, self.settings(name) | settings)
        self.communities.append(made)
        made.start()
        return made

    def end(self):
        """Those who serve, then those who work (what they have in hand is finished), then what they stand on."""
        for community in self.communities:
            community.end()
        if self.flower is not None:
            self.flower.end()
        for engine in reversed(self.engines.values()):
            if engine.runs():
                # One that was stopped (SIGSTOP) hears nothing else.
                engine.signal(signal.SIGCONT)
                engine.end()


class Server(Program):
    """One `serve` or `worker`, with a data folder of its own."""

    def __init__(self, community, role, number):
        self.community, self.role = community, role
        folder = community.folder / f"{role}-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(f"{community.name} {role} {number}", folder / "log")
        self.data, self.port = folder / "data", kept_port(folder / "port")
        self.client = Client(self.port)

    def command(self):
        community = self.community
        return [community.platform.binary, "--config", community.config, "--data", self.data, "--listen", f"127.0.0.1:{self.port}"]

    def start(self):
        self.spawn([*self.command(), self.role])

    def ready(self):
        """What /ready says: its status and its JSON; None while nobody answers."""
        try:
            status, _, body = self.client.ask("GET", "/ready")
            return status, json.loads(body)
        except (OSError, ValueError):
            return None

    def wait(self):
        self.answers(lambda: (self.ready() or [0])[0] == 200)

    def metric(self, line):
        """The figure at the start of whose line this stands."""
        _, _, body = self.client.ask("GET", "/metrics")
        found = re.search(rf"^{re.escape(line)} (\S+)$", body.decode(), re.M)
        return float(found[1]) if found else None


class Community:
    """Processes on a platform, all with the same settings, and a proxy in front of those that serve."""

    def __init__(self, platform, name, proxy, serves, workers, settings):
        self.platform, self.name = platform, name
        self.folder = platform.folder / "communities" / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.serves = [Server(self, "serve", number) for number in range(1, serves + 1)]
        self.workers = [Server(self, "worker", number) for number in range(1, workers + 1)]
        self.proxy = None
        if proxy:
            upstreams = " ".join(f"127.0.0.1:{server.port}" for server in self.serves)
            self.proxy = Engine(proxy, self.folder, SOCIOSPHERE_UPSTREAMS=upstreams)
        front = self.proxy.port if self.proxy else self.serves[0].port
        self.url, self.client = f"http://127.0.0.1:{front}", Client(front)
        self.config = self.folder / "sociosphere.toml"
        # Nobody waits for a mail to begin; the proxy, and who speaks to a process directly, are on this machine.
        given = {"public_url": self.url, "trusted_proxies": ["127.0.0.1/32"], "confirm_email": "false"} | settings
        self.config.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in given.items()))
        self.config.chmod(0o600)

    def all(self):
        return self.serves + self.workers

    def start(self):
        if self.proxy is not None:
            self.proxy.install()
        # The first one makes what all share; the others find it.
        self.serves[0].start()
        self.serves[0].wait()
        for server in self.all()[1:]:
            server.start()
        for server in self.all()[1:]:
            server.wait()
        if self.proxy is not None:
            self.proxy.start()
            self.proxy.wait()
            until("the proxy finds a process", lambda: self.client.ask("GET", "/ready")[0] == 200)

    def command(self, *words, to=None):
        """A command of the operator, to the first process that works if none is named: what it helps with, Celery's tools see."""
        made = subprocess.run([*(to or self.workers[0]).command(), *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert made.returncode == 0, f"{words}: {made.stdout}{made.stderr}"
        return made.stdout.strip()

    def owner_link(self):
        found = re.findall(r"http\S+/setup/\S+", self.serves[0].words())
        return found[-1] if found else None

    def person(self, handle):
        """Somebody new, and a token of theirs."""
        self.command("account", "create", "--handle", handle, "--email", f"{handle}@example.org", "--password",
                     "a harbour in the evening", "--role", "member", "--confirmed")
        return self.command("token", "create", "--account", handle, "--scopes", "read write follow")

    def story(self):
        """The file by which stories of clients and browsers find it (STORY_PLATFORM)."""
        file = self.folder / "story.json"
        file.write_text(json.dumps({
            "url": self.url, "owner_link": self.owner_link() or "", "mails": str(self.platform.engines["smtp"].data / "mails"),
            "serves": [{"url": f"http://127.0.0.1:{server.port}", "pid": server.child.pid} for server in self.serves],
            "command": [str(word) for word in self.workers[0].command()],
        }))
        return os.environ | {"STORY_PLATFORM": str(file)}

    def end(self):
        for programs in ([self.proxy] if self.proxy else [], self.serves, self.workers):
            for program in programs:
                if program.runs():
                    program.child.terminate()
            for program in programs:
                program.end()


def cleared(folder):
    shutil.rmtree(folder, ignore_errors=True)
    return folder
