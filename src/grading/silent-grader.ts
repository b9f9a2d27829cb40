import { onAbort } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { longWaitMs, Reminders } from '../core/reminders.ts';
import type { Task } from '../domain/task.ts';
import type { ChatModel } from '../models/chat-model.ts';
import { graderRunsTaskCode } from './create-grader.ts';
import { gradedBy } from './graded-by.ts';
import type { Grader } from './grader.ts';

/** A task's grader, told of as {@link withSilenceTold} does where it is a program of the task; else as it is. */
export function withProgramSilenceTold(
  { grader: spec }: Pick<Task, 'grader'>,
  ...told: Parameters<typeof withSilenceTold>
): Grader {
  return graderRunsTaskCode(spec) ? withSilenceTold(...told) : told[0];
}

/**
 * A grader that tells when it holds answers and has graded none for ten seconds, at most once a minute: a program that
 * never ends would hang a run in silence. An answer for which it waits for `request.model` does not count: of silent
 * calls their run tells.
 * @param clock the machine's: grading takes real time beside simulated models, too
 */
export function withSilenceTold(
  grader: Grader,
  clock: Pick<Clock, 'now' | 'after'>,
  tell: (text: string) => void,
): Grader {
  let held = 0;
  let heardAt = 0;
  const reminders = new Reminders();
  let stopLooking: (() => void) | undefined;

  function look(): void {
    stopLooking = clock.after(longWaitMs / 4, () => {
      look();
      const now = clock.now();
      if (now - heardAt < longWaitMs || !reminders.isDue(grader.name, now)) return;
      const seconds = Math.floor((now - heardAt) / 1000);
      const answers = held === 1 ? 'an answer' : `${held} answers`;
      tell(`grader ${grader.name}: no grade has come for ${seconds} s: it holds ${answers}`);
    });
  }
  function takes(): void {
    if (held++ > 0) return;
    heardAt = clock.now();
    look();
  }
  function gives(): void {
    heardAt = clock.now();
    if (--held === 0) stopLooking?.();
  }

  return gradedBy(grader, async (request) => {
    const { model, signal } = request;
    let calls = 0;
    let isOver = false;
    let isHeld = false;
    const count = (): void => {
      const holds = !isOver && calls === 0;
      if (holds !== isHeld) (holds ? takes : gives)();
      isHeld = holds;
    };
    const ends = (): void => {
      isOver = true;
      count();
    };
    const calling = (more: number): void => {
      calls += more;
      count();
    };
    count();
    // A run that is stopped waits for no grade.
    const stopListening = onAbort(signal, ends);
    try {
      const own = model === undefined ? request : { ...request, model: countingCalls(model, calling) };
      return await grader.grade(own);
    } finally {
      stopListening();
      ends();
    }
  });
}

/** @param calling told 1 before each call, and -1 after it */
function countingCalls(model: ChatModel, calling: (more: number) => void): ChatModel {
  return {
    revision: (name) => model.revision(name),
    async complete(request, options) {
      calling(1);
      try {
        return await model.complete(request, options);
      } finally {
        calling(-1);
      }
    },
  };
}
