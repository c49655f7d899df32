"""Which programs make up an installation, each as the `python -m` command that docker-compose.yml runs too."""

from __future__ import annotations

from dataclasses import dataclass, field

# A socket frame of ours is a few hundred bytes; anything near this size is an attack.
SOCKET_BYTES = "65536"


@dataclass(frozen=True)
class Program:
    """`python -m MODULE ARGUMENTS`, with the seconds it gets to finish after SIGTERM."""

    name: str
    module: str
    arguments: tuple[str, ...]
    grace: float = field(default=8.0, compare=False)

    @property
    def argv(self) -> list[str]:
        return ["-m", self.module, *self.arguments]


def web(server: str, host: str, port: int) -> Program:
    """The web server; `server` is "daphne" or "uvicorn" (MEMO_SERVER)."""
    arguments: tuple[str, ...]
    if server == "uvicorn":
        limits: tuple[str, ...] = (
            "--ws-max-size",
            SOCKET_BYTES,
            "--ws-per-message-deflate",
            "false",
            "--no-proxy-headers",
        )
        quiet: tuple[str, ...] = (
            "--lifespan",
            "off",
            "--no-access-log",
            "--no-server-header",
            "--log-level",
            "warning",
        )
        arguments = ("--host", host, "--port", str(port), *limits, *quiet, "memo.asgi:application")
    else:
        limits = ("--websocket-max-message-size", SOCKET_BYTES, "--websocket-max-frame-size", SOCKET_BYTES)
        quiet = ("-v", "0", "--no-server-name")
        arguments = ("-b", host, "-p", str(port), *limits, *quiet, "memo.asgi:application")
    return Program("web", server, arguments)


def worker(threads: int) -> Program:
    """Celery's worker in one process: our tasks wait for the database, so threads do and need far less memory."""
    arguments = ("--quiet", "-A", "memo.celery", "worker", "--pool", "threads", "--concurrency", str(threads))
    quiet = ("--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--hostname", "memo@%h")
    return Program("worker", "celery", (*arguments, *quiet), grace=15.0)


def beat() -> Program:
    """Celery's clock, a process of its own: a worker that dies must not take it along or leave a second one behind."""
    arguments = ("--quiet", "-A", "memo.celery", "beat", "--loglevel", "WARNING", "--pidfile", "")
    return Program("beat", "celery", (*arguments, "--scheduler", "memo.clock:Clock"))


def mail_listener(port: int) -> Program:
    """Takes mail in by SMTP and LMTP."""
    return Program("mail-in", "django", ("mail_listener", "--port", str(port)))


def mail_catcher(smtp_port: int, http_port: int, reply_to_port: int) -> Program:
    """Development only: keeps outgoing mail, shows it in the browser, hands answers to the mail listener."""
    ports = ("--smtp-port", str(smtp_port), "--http-port", str(http_port), "--reply-to-port", str(reply_to_port))
    return Program("mails", "django", ("mail_catcher", *ports))


def demo_site(port: int, memo_url: str, key: str) -> Program:
    """Development only: somebody else's website with the chat on it."""
    return Program("shop", "django", ("demo_site", "--port", str(port), "--memo", memo_url, "--key", key))
