import { parseCountFrom, parseList, parseSeed } from '../option-values.ts';
import { type CommandParts, examples } from './parts.ts';
import { jsonOption } from './shared-options.ts';

/** `mixtune task import` and `mixtune task check`. */
export function defineTask({ program, context, handlers, finish }: CommandParts): void {
  const task = program
    .command('task')
    .summary('import a task, or check one')
    .description('Makes a task of a data file, or checks that a task and its grader can be trusted.')
    .exitOverride()
    .addHelpText(
      'after',
      examples(
        'mixtune task import faq.csv --name faq --input question --gold answer',
        'mixtune task check faq',
      ),
    );
  jsonOption(task.command('import'))
    .summary('make a task of a data file')
    .description(
      'Makes a task of a data file (JSON Lines, JSON, YAML, CSV, TSV or Parquet; plain or gzip). Every row is checked first; faulty ones are listed and nothing is written. Without --grader one is chosen by the form of the gold answers.',
    )
    .argument('<file>', 'the data file')
    .requiredOption('--name <name>', "the task's name: lower-case words joined by hyphens")
    .requiredOption(
      '--input <field>',
      'field that holds the question; several with commas (messages.0.content reaches inside)',
    )
    .requiredOption('--gold <field>', 'field that holds the gold answer, or the tests')
    .option('--grader <name>', 'how answers are graded (default: by the gold answers)')
    .option('--label <field>', 'field to keep in proportion on both sides of the split')
    .option('--reference <field>', 'field with an answer that deserves full marks, where gold holds tests')
    .option('--id <field>', 'field that holds ids (default: id where every row has one, else numbers)')
    .option('--prompt <text>', 'the question asked, with {{input}} in it (default: by the grader)')
    .option('--template <text>', 'the question from several fields, with {{field}} in it')
    .option('--rows <path>', 'where the rows stand in a JSON or YAML document, if there are several lists')
    .option('--columns <names>', 'names of the columns of a CSV file without a line of names', parseList)
    .option('--encoding <name>', 'encoding of the text (default: UTF-8, or UTF-16 by its mark)')
    .option('--description <text>', 'what the task asks, for people and prompt writers')
    .option('--limit <n>', 'take only the first so many rows', parseCountFrom(1))
    .option('--out <folder>', 'folder of tasks to write to', 'tasks')
    .option('--preview', 'show what would be written, and write nothing')
    .option('--force', 'replace the task of that name')
    .addHelpText(
      'after',
      examples(
        'mixtune task import faq.csv --name faq --input question --gold answer --preview',
        'mixtune task import mbpp.jsonl.gz --name mbpp --input input --gold tests --reference reference_code',
        'mixtune task import mmlu-pro.parquet --name mmlu-pro --input question,options --gold answer',
      ),
    )
    .action(async (file, options) => finish(await handlers.taskImport(file, options, context)));
  jsonOption(task.command('check'))
    .summary('check that a grader can be trusted')
    .description(
      "Grades the task's gold answers, which must get full marks, and wrong ones (other instances' golds, nothing, \"I don't know\"), which must not. Also measures whether the grader agrees with itself and what a constant answer would get. Exits with 1 when something is wrong.",
    )
    .argument('<task>', 'a name from `mixtune tasks`, or a folder with a task.yaml')
    .option('--instances <n>', 'most instances looked at', parseCountFrom(1), 200)
    .option('--judge <model>', "model that judges, where the task has a judge (default: the task's)")
    .option('--seed <n>', 'seed of simulated judges', parseSeed, 1)
    .addHelpText('after', examples('mixtune task check contest-math', 'mixtune task check ./my-task --json'))
    .action(async (name, options) => finish(await handlers.taskCheck(name, options, context)));
}
