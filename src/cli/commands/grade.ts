import { Option } from 'commander';
import { type CommandParts, examples } from './parts.ts';
import { jsonOption } from './shared-options.ts';

export function defineGrade({ program, context, handlers, finish }: CommandParts): void {
  jsonOption(program.command('grade'))
    .summary('grade one answer')
    .description('Grades one answer as tuning would: extracted, run in the sandbox where it is code, scored.')
    .argument('<task>', 'a name from `mixtune tasks`, or a folder with a task.yaml')
    .argument('<answer-file>', 'file that holds the answer; - for stdin')
    .option('--instance <id>', 'the question that was answered (needed where the task has several)')
    .addOption(new Option('--scoring <scoring>', "of the task's scorings").choices(['workshop', 'strict']))
    .addHelpText('after', examples('mixtune grade code-challenge answer.py --json'))
    .action(async (task, answer, options) => finish(await handlers.grade(task, answer, options, context)));
}
