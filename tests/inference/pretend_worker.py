"""The real worker around a pretended compiler and sampler, so that tests of processes need no PyMC.

What to pretend is told by numbers of the model and the settings: an lkj_eta of 99 compiles for ever, and
random_seed says how sampling goes.
"""

import os
import sys
import time
import types

import numpy as np

sys.modules["pymc"] = types.ModuleType("pymc")
sys.modules["nutpie"] = types.ModuleType("nutpie")

from mlmwidget.inference import nuts, worker  # noqa: E402
from mlmwidget.inference.posterior import Draws  # noqa: E402

FINISH, HANG, CRASH, FAIL, CHATTER = range(5)


def compile_model(frame, priors):
    if priors.lkj_eta == 99:
        while True:
            pass
    return object()


def sample(frame, priors, *, draws, tune, chains, random_seed, target_accept, compiled, on_progress):
    on_progress(nuts.Progress("sampling", (nuts.Chain(1, 2, 0, True),)))
    if random_seed == HANG:
        time.sleep(600)
    if random_seed == CRASH:
        print("Fatal: the sky fell", file=sys.stderr, flush=True)
        os._exit(3)
    if random_seed == FAIL:
        raise ValueError("The outcome is outside the range of its family.")
    if random_seed == CHATTER:
        print("a stray print", flush=True)
        os.write(1, b"and a stray write\n")
    shape = (chains, draws)
    return Draws(
        beta=np.full((*shape, frame.X.shape[1]), float(draws)),
        sd=tuple(np.ones((*shape, g.Z.shape[1])) for g in frame.groups),
        cor=tuple(None for _ in frame.groups),
        effects=tuple(None for _ in frame.groups),
        sigma=np.ones(shape),
    )


nuts.compile_model = compile_model
nuts.sample = sample

if __name__ == "__main__":
    worker.main()
