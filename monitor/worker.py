"""The process that reads feeds, so that a hostile document costs a process and not the program.

Parent and child (`reader`) exchange frames over pipes. The child lives from the first job to the
end of the program; it has limits of memory and of processor time for each job, the parent watches
the clock on the wall, and when it dies the next job gets a new one.
"""

import asyncio
import contextlib
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from monitor.prepare import Job, Prepared
from monitor.reader import LENGTH, OUT_OF_MEMORY

_LARGEST: Final = 256 << 20  # bytes of a frame
_BUFFER: Final = 1 << 20
_AHEAD: Final = 2  # jobs that the child has at once: one is read, the next one waits in its pipe
GRACE: Final = 1.0  # seconds from the end of the child's answers to its own
_SIGXCPU: Final[int] = getattr(signal, "SIGXCPU", 24)
# The child imports this very package, whatever else is installed or lies in the working folder.
_START: Final = (
    "import gc, sys; gc.disable(); "
    "sys.path.insert(0, sys.argv.pop(1)); import monitor; del sys.path[0]; "
    "from monitor.reader import main; main(float(sys.argv[1]), int(sys.argv[2]))"
)


class WorkerError(Exception):
    """A document could not be read within the limits; the message is a sentence for people."""


class Worker:
    """Reads documents one at a time in a child process, which is started when it is needed.

    The next job is sent while one is being read, so that the child never waits for a busy parent.
    `cpu` is in seconds a job (enforced in whole seconds, rounded up; not on Windows), `wall` in
    seconds, `memory` in bytes of address space (not on Windows, hardly on macOS).
    """

    def __init__(self, cpu: float = 5.0, wall: float = 10.0, memory: int = 1 << 30) -> None:
        self._cpu = cpu
        self._wall = wall
        self._memory = memory
        self._process: Process | None = None
        self._places = asyncio.Semaphore(_AHEAD)
        self._sending = asyncio.Lock()
        self._receiving = asyncio.Lock()  # both are fair: answers are taken in the order of jobs
        self._out_of_step = False  # the child has a job that nobody waits for any more
        self._warming: asyncio.Task[None] | None = None
        self._closed = False
        self._forms: list[str] = []  # of the child's lexicon
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Prepared)

    @property
    def pid(self) -> int | None:
        """The child's process id, None while there is none."""
        return self._process.pid if self._process else None

    def warm(self) -> None:
        """Start the child in the background, so that its imports overlap with fetching."""
        if self._process is None and self._warming is None and not self._closed:
            self._warming = asyncio.create_task(self._warm())

    async def run(self, job: Job) -> Prepared:
        """What the document of `job` came to; raises WorkerError where it is beyond the limits."""
        frame = bytearray(LENGTH.size)
        self._encoder.encode_into(job, frame, LENGTH.size)
        LENGTH.pack_into(frame, 0, len(frame) - LENGTH.size)
        async with self._places:
            if self._process is not None:  # it may have died unseen since the last job
                with contextlib.suppress(_Vanished):
                    return await self._exchange(frame)
            return await self._exchange(frame)

    async def aclose(self) -> None:
        """End the child; a job that is being read ends in a WorkerError."""
        self._closed = True
        if self._warming is not None:
            await self._warming
        async with self._sending:  # a child that is just being started is one to end, too
            if self._process is not None:
                _kill(self._process)
        async with self._receiving:
            await self._end()

    async def _warm(self) -> None:
        async with self._sending:
            with contextlib.suppress(WorkerError):  # the first job tells
                await self._child()

    async def _child(self) -> Process:
        """The child, a new one if there is none."""
        if self._closed:
            raise WorkerError("the reading process was closed")
        if self._process is None:
            package = str(Path(__file__).resolve().parent.parent)
            arguments = ("-P", "-c", _START, package, str(self._cpu), str(self._memory))
            try:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    *arguments,
                    stdin=PIPE,
                    stdout=PIPE,
                    stderr=DEVNULL,
                    limit=_BUFFER,
                )
            except OSError as error:
                what = f"the process that reads feeds does not start ({error.strerror})"
                raise WorkerError(what) from None
        return self._process

    async def _exchange(self, frame: bytearray) -> Prepared:
        """One job and its answer; once more where the job before it ended the child of both."""
        while True:
            async with self._sending:
                child = await self._child()
                if child.stdin is not None:
                    child.stdin.write(frame)
            try:
                await self._receiving.acquire()
            except BaseException:
                self._out_of_step |= child is self._process
                raise
            try:
                if self._out_of_step:
                    await self._end()
                if child is self._process:
                    return await self._answer(child)
            finally:
                self._receiving.release()

    async def _answer(self, child: Process) -> Prepared:
        """The child's next answer; where it fails to give one it is ended."""
        try:
            async with asyncio.timeout(self._wall):
                return self._complete(self._decoder.decode(await _receive(child)))
        except TimeoutError:
            await self._end()
            raise WorkerError(f"the feed took more than {self._wall:g} s to read") from None
        except (OSError, EOFError, msgspec.DecodeError):
            raise self._obituary(await self._end(GRACE)) from None
        except BaseException:
            await self._end()
            raise

    def _complete(self, prepared: Prepared) -> Prepared:
        """An answer with all forms of the child's lexicon, in a list that grows with it."""
        if prepared.error:
            return prepared
        if not prepared.known:  # the lexicon is new
            self._forms = []
        if prepared.known != len(self._forms):
            raise EOFError
        self._forms += prepared.forms
        return replace(prepared, forms=self._forms)

    async def _end(self, grace: float = 0.0) -> int:
        """End the child, which has nothing to lose, after `grace` seconds in which it may do so.

        Its exit code, minus the signal's number; lost where it is killed while it dies.
        """
        child, self._process, self._out_of_step = self._process, None, False
        if child is None:
            return 0
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(child.wait(), grace)
        _kill(child)
        if child.stdin is not None:
            child.stdin.close()
        await child.communicate()
        return child.returncode or 0

    def _obituary(self, code: int) -> WorkerError:
        """The error for a child that ended by itself."""
        if code == -_SIGXCPU:
            return WorkerError(f"the feed took more than {self._cpu:g} s of processor time to read")
        if code == OUT_OF_MEMORY:
            size = self._memory / (1 << 30)
            return WorkerError(f"reading the feed needed more than {size:g} GiB of memory")
        return _Vanished(f"the process that read the feed ended unexpectedly ({_ending(code)})")


class _Vanished(WorkerError):
    """The child is gone, and not for a limit of ours."""


async def _receive(child: Process) -> bytes:
    """A frame of the child's; raises OSError or EOFError when it dies over it."""
    if child.stdout is None:
        raise EOFError
    (length,) = LENGTH.unpack(await child.stdout.readexactly(LENGTH.size))
    if length > _LARGEST:
        raise EOFError
    return await child.stdout.readexactly(length)


def _kill(child: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.kill()


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
