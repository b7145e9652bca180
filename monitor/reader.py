"""What the reading process runs; it imports nothing of what its parent (`worker`) needs.

Frames are four bytes of length (big-endian) and a msgpack value, a `Job` one way and a `Prepared`
the other.
"""

import contextlib
import gc
import math
import os
import signal
import struct
import sys
import time
from typing import BinaryIO, Final

import msgspec

from monitor.cluster.lexicon import Lexicon
from monitor.prepare import Job, prepare, warm

if sys.platform != "win32":
    import fcntl
    import resource

LENGTH: Final = struct.Struct(">I")
OUT_OF_MEMORY: Final = 99  # exit code
PIPE: Final = 1 << 20  # bytes that pipes should hold: a usual job or answer and more


def main(cpu: float, memory: int) -> None:
    """Read jobs from standard input and answer them, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # that of the terminal is the parent's affair
    source = sys.stdin.buffer
    with os.fdopen(os.dup(1), "wb") as sink:
        os.dup2(2, 1)  # what a library prints must not get among the frames
        _limit_memory(memory)
        _widen(source.fileno(), sink.fileno())
        warm()
        gc.collect()
        gc.freeze()
        gc.enable()  # imports make no garbage: it was off while they ran
        serve(source, sink, cpu)


def serve(source: BinaryIO, sink: BinaryIO, cpu: float) -> None:
    """Answer the jobs of `source` on `sink`, each with `cpu` seconds of processor time."""
    decoder, encoder = msgspec.msgpack.Decoder(Job), msgspec.msgpack.Encoder()
    lexicon = Lexicon()
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        if lexicon.full:
            lexicon = Lexicon()
        _limit_time(cpu)
        try:
            body = source.read(LENGTH.unpack(head)[0])
            answer = bytearray(LENGTH.size)
            encoder.encode_into(prepare(decoder.decode(body), lexicon), answer, LENGTH.size)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        LENGTH.pack_into(answer, 0, len(answer) - LENGTH.size)
        sink.write(answer)
        sink.flush()


def _widen(*pipes: int) -> None:
    """Let whole frames fit in: else one side waits for the other's next turn."""
    if sys.platform == "linux":
        for pipe in pipes:
            with contextlib.suppress(OSError):  # an unprivileged user may have only so many
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def _limit_memory(size: int) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(OSError, ValueError):  # macOS refuses
            _limit(resource.RLIMIT_AS, size)
            _limit(resource.RLIMIT_CORE, 0)


def _limit_time(seconds: float) -> None:
    """Allow so much processor time from now on; the kernel counts in whole seconds."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError, ValueError):
            _limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + seconds))


def _limit(what: int, value: int) -> None:
    """Set a soft limit, as far as the hard one allows."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(what)
        top = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (top, hard))
