"""Shared commits: what arrives while a commit is under way is stored together in the next one (design.md §5.2)."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from conversations.actions.posting import NewMessage, Posted, post_messages
from conversations.selectors.standing import Standing, still_standing

log = structlog.get_logger(__name__)
MAX_BATCH = 64
MAX_WAITING = 2000


class Overloaded(Exception):
    """Too many messages wait for the database, or it does not answer (503; the client sends again)."""


class StandingChanged(Exception):
    """The author's session or rights changed since they were looked up; ask again from the start."""


@dataclass(frozen=True)
class _Job:
    message: NewMessage
    standing: Standing
    done: asyncio.Future


class Writer:
    """One per process: gathers messages and stores each gathering in one transaction on a thread of its own."""

    def __init__(self) -> None:
        self._waiting: list[_Job] = []
        self._task: asyncio.Task | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")

    async def store(self, message: NewMessage, standing: Standing) -> Posted:
        """Store one message of an author with this standing.

        Raises what post_message() raises, StandingChanged, Overloaded, or what broke while this message was stored.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise Overloaded
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(_Job(message, standing, done))
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._run())
        outcome = await done
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            try:
                outcomes = await loop.run_in_executor(self._thread, _store, batch)
            except Exception as error:
                # Nobody may wait for ever, nor those who come after them.
                log.exception("messages not stored", messages=len(batch))
                outcomes = [error for _ in batch]
            for job, outcome in zip(batch, outcomes, strict=True):
                if not job.done.done():
                    job.done.set_result(outcome)


def _store(batch: list[_Job]) -> list[Posted | Exception]:
    """Runs on the writer's thread. A batch that fails as a whole is stored one by one."""
    close_old_connections()
    try:
        standing = still_standing([job.standing for job in batch])
        good = [job for job in batch if job.standing in standing]
        stored = dict(zip(map(id, good), _store_together(good), strict=True))
        return [stored.get(id(job)) or StandingChanged() for job in batch]
    except DatabaseError as error:
        log.warning("messages not stored", messages=len(batch), error=type(error).__name__)
        return [Overloaded() for _ in batch]
    finally:
        close_old_connections()


def _store_together(batch: list[_Job]) -> list[Posted | Exception]:
    if not batch:
        return []
    try:
        return post_messages([job.message for job in batch], now=timezone.now())
    except DatabaseError as error:
        log.warning("batch not stored, going one by one", messages=len(batch), error=type(error).__name__)
    except Exception:
        # Whatever is the matter with one of them must not hold up its neighbours.
        log.exception("batch not stored, going one by one", messages=len(batch))
    outcomes: list[Posted | Exception] = []
    for job in batch:
        try:
            outcomes += post_messages([job.message], now=timezone.now())
        except DatabaseError:
            log.exception("message not stored")
            outcomes.append(Overloaded())
        except Exception as error:
            log.exception("message not stored")
            outcomes.append(error)
    return outcomes
