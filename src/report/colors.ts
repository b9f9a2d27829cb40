import picocolors from 'picocolors';
import { ownColors } from '../core/printable.ts';
import { recordOf } from '../core/records.ts';

const names = ['bold', 'cyan', 'dim', 'green', 'red', 'yellow'] as const;

/** Functions that dress text for a terminal, or leave it as it is. */
export type Colors = Readonly<Record<(typeof names)[number], (text: string) => string>>;

/** Colours that pass where output is made printable; codes of the text that they dress do not. */
export function createColors(enabled: boolean): Colors {
  const colors = picocolors.createColors(enabled);
  const dressing = (name: keyof Colors) => {
    const [open = '', close = ''] = ownColors(colors[name]('|')).split('|');
    return (text: string): string => `${open}${text}${close}`;
  };
  return recordOf(names, dressing);
}
