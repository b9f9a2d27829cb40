"""Optuna behind JSON lines: one long-lived process, any number of studies, one request a line, one answer a line.

create {study, sampler, seed, parameters, objectives}   ask {study} -> {number, params}
enqueue {study, params} -> {number, params}              tell {study, number, values}
update {study, number, values}                           close {study}
"""

import json
import os
import sys
import warnings

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import optuna  # noqa: E402

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore")


def sampler_of(name, seed):
    if name.startswith("tpe"):
        return optuna.samplers.TPESampler(multivariate=True, group=name == "tpe-group", seed=seed)
    if name == "nsga2":
        return optuna.samplers.NSGAIISampler(seed=seed)
    return optuna.samplers.RandomSampler(seed=seed)


def holds(condition, params):
    value = params.get(condition["name"])
    if value is None:
        return False
    return value in condition["in"] if "in" in condition else value > condition["above"]


class Study:
    def __init__(self, request):
        self.parameters = request["parameters"]
        self.trials = {}
        self.ids = {}
        self.study = optuna.create_study(
            directions=["minimize"] * request["objectives"], sampler=sampler_of(request["sampler"], request["seed"])
        )

    def ask(self):
        trial = self.study.ask()
        params = {}
        for parameter in self.parameters:
            if not all(holds(condition, params) for condition in parameter["when"]):
                continue
            name, kind = parameter["name"], parameter["kind"]
            if "choices" in kind:
                params[name] = trial.suggest_categorical(name, kind["choices"])
            else:
                params[name] = trial.suggest_int(name, kind["low"], kind["high"])
        self.trials[trial.number] = trial
        self.ids[trial.number] = trial._trial_id
        return {"number": trial.number, "params": params}

    def enqueue(self, params):
        self.study.enqueue_trial(params)
        return self.ask()

    def tell(self, number, values):
        trial = self.trials.pop(number)
        if values is None:
            self.study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            self.study.tell(trial, values)
        return {}

    def update(self, number, values):
        # Values of a finished trial cannot be changed through the public interface: a trial that has been
        # measured on more questions would keep its first, worse estimate.
        stored = self.study._storage._get_trial(self.ids[number])
        stored.values = values
        return {}


def main():
    studies = {}
    for line in sys.stdin:
        request = json.loads(line)
        key, op = request["study"], request["op"]
        if op == "create":
            studies[key] = Study(request)
            answer = {"version": optuna.__version__}
        elif op == "ask":
            answer = studies[key].ask()
        elif op == "enqueue":
            answer = studies[key].enqueue(request["params"])
        elif op == "tell":
            answer = studies[key].tell(request["number"], request["values"])
        elif op == "update":
            answer = studies[key].update(request["number"], request["values"])
        else:
            studies.pop(key)
            answer = {}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main()
