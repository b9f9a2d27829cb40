"""NSGA-II of pymoo or Optuna behind JSON lines: a generation a line each way.

First line in: {library, seed, population, lower, upper, objectives}. Then out: a list of points; in: their
objectives, all minimised; and so on until the input ends.
"""

import json
import os
import sys
import warnings

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
warnings.filterwarnings("ignore")


def say(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def hear():
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)


def play_pymoo(job):
    import numpy as np
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem
    from pymoo.core.termination import NoTermination

    # Its defaults: SBX with index 15 and rate 0.9, polynomial mutation with index 20.
    problem = Problem(
        n_var=len(job["lower"]), n_obj=job["objectives"], xl=np.array(job["lower"]), xu=np.array(job["upper"])
    )
    algorithm = NSGA2(pop_size=job["population"])
    algorithm.setup(problem, termination=NoTermination(), seed=job["seed"], verbose=False)
    while True:
        children = algorithm.ask()
        say(children.get("X").tolist())
        children.set("F", np.array(hear(), dtype=float))
        children.apply(lambda child: child.evaluated.update({"F", "G", "H"}))
        algorithm.tell(infills=children)


def play_optuna(job):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.NSGAIISampler(population_size=job["population"], seed=job["seed"])
    study = optuna.create_study(directions=["minimize"] * job["objectives"], sampler=sampler)
    while True:
        trials = [study.ask() for _ in range(job["population"])]
        bounds = list(enumerate(zip(job["lower"], job["upper"])))
        say([[trial.suggest_float(f"x{axis}", low, high) for axis, (low, high) in bounds] for trial in trials])
        for trial, values in zip(trials, hear()):
            study.tell(trial, values)


job = hear()
{"pymoo": play_pymoo, "optuna": play_optuna}[job["library"]](job)
