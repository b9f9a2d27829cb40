import { type CommandParts, examples } from './parts.ts';
import { jsonOption } from './shared-options.ts';

/** `mixtune models pull` and `mixtune models add-local`. */
export function defineLocalModels(
  { context, handlers, finish }: CommandParts,
  models: CommandParts['program'],
): void {
  jsonOption(models.command('pull'))
    .summary('fetch a small model that runs on this machine')
    .description(
      'Brings the weights of a model to this machine, from the first of its sources that can be reached, and checks them. It can then be used as local/NAME. A download that broke off goes on where it was. Without a name: lists the models known.',
    )
    .argument('[name]', 'a name from the list; any name with --from')
    .option('--from <file>', 'a GGUF file, or a folder that holds one, to copy in place of a download')
    .addHelpText(
      'after',
      examples(
        'mixtune models pull',
        'mixtune models pull smollm2-135m-instruct',
        'mixtune models pull my-model --from ~/Downloads/my-model.Q4_K_M.gguf',
      ),
    )
    .action(async (name, options) => finish(await handlers.modelsPull(name, options, context)));
  jsonOption(models.command('add-local'))
    .summary('install what runs local models')
    .description(
      "Installs node-llama-cpp for this platform into mixtune's own folder, $MIXTUNE_HOME/local or ~/.mixtune/local, with npm: about 85 MB, nothing is compiled.",
    )
    .option('--again', 'install anew, also where it is there')
    .addHelpText('after', examples('mixtune models add-local'))
    .action(async (options) => finish(await handlers.modelsAddLocal(options, context)));
}
