import { Help, type HelpConfiguration } from 'commander';

/** A term that is longer (an option with the form of its value) has its description below it. */
const longestBeside = 24;

/** One long option would leave the descriptions of all others no room on 80 columns, and Commander then wraps none. */
export const helpLayout: HelpConfiguration = {
  minWidthToWrap: 20,
  padWidth: (command, helper) =>
    Math.min(longestBeside, Help.prototype.padWidth.call(helper, command, helper)),
  formatItem(term, termWidth, description, helper) {
    const format = (text: string): string =>
      Help.prototype.formatItem.call(helper, text, termWidth, description, helper);
    if (helper.displayWidth(term) <= termWidth || description === '') return format(term);
    return `  ${term}\n${format('')}`;
  },
};
