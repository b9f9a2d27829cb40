import { type Parts, settle } from './parts.ts';
import type { Style } from './style.ts';

/** Writes `calculate_user_metrics` with exactly these parts, in this style. Indentation is by levels. */
export function writeProgram(unsettled: Parts, style: Style): string {
  const parts = settle(unsettled);
  const lines = [
    ...imports(parts, style),
    ...numberHelper(parts, style),
    ...(style.structure === 'helper' ? engagementHelper(parts, style) : []),
    ...signature(parts, style),
    ...opening(parts, style),
    ...collecting(parts, style),
    ...averaging(parts, style),
    ...choosing(parts, style),
    `${at(1)}return {`,
    `${at(2)}'average_engagement': average,`,
    `${at(2)}'top_performers': top,`,
    `${at(2)}'active_count': len(${style.active}),`,
    `${at(1)}}`,
  ];
  return finish(lines, style);
}

/** One level of indentation until {@link finish} settles its width. */
const level = '\u0001';
const at = (depth: number): string => level.repeat(depth);

function finish(lines: readonly string[], style: Style): string {
  const text = lines.join('\n').replaceAll(level, ' '.repeat(style.indent));
  return style.quote === "'" ? text : text.replace(/(?<!')'([^'\n]*)'(?!')/g, '"$1"');
}

function imports(parts: Parts, style: Style): string[] {
  const lines: string[] = [];
  // Not importing what the hints name is the very fault of a program that does not load.
  if (style.hints === 'typing' && parts.loads) lines.push('from typing import Any, Dict, List');
  if (style.dates === 'datetime' && parts.loads) lines.push('from datetime import datetime');
  return lines.length === 0 ? [] : [...lines, '', ''];
}

function signature(parts: Parts, style: Style): string[] {
  const hints = parts.loads ? style.hints : 'typing';
  const head =
    hints === 'none'
      ? '(users, start_date, end_date):'
      : hints === 'builtin'
        ? '(users: list, start_date: str, end_date: str) -> dict:'
        : '(users: List[Dict], start_date: str, end_date: str) -> Dict[str, Any]:';
  const lines = [`def calculate_user_metrics${head}`];
  if (style.docstring) lines.push(`${at(1)}"""Return engagement metrics of the active users."""`);
  return lines;
}

function numberHelper(parts: Parts, style: Style): string[] {
  if (!parts.textValues) return [];
  const body =
    style.numberHelper === 'try'
      ? [
          `${at(1)}try:`,
          `${at(2)}return float(raw)`,
          `${at(1)}except (TypeError, ValueError):`,
          `${at(2)}return 0.0`,
        ]
      : [`${at(1)}if isinstance(raw, (int, float)):`, `${at(2)}return raw`, `${at(1)}return 0`];
  return ['def _number(raw):', ...body, '', ''];
}

/** How one field of a user is read. */
function field(name: string, parts: Parts, style: Style, user: string): string {
  const fallback = name === 'days_active' ? style.defaultDays : 0;
  const raw = parts.missingKeys ? `${user}.get('${name}', ${fallback})` : `${user}['${name}']`;
  if (parts.textValues) return `_number(${raw})`;
  return parts.noneValues ? `(${raw} or 0)` : raw;
}

/** Lines that compute a user's engagement into `target`. */
function engagement(parts: Parts, style: Style, user: string, target: string, depth: number): string[] {
  const read = (name: string): string => field(name, parts, style, user);
  const lines = [
    `${at(depth)}points = ${read('posts')} * 2 + ${read('comments')} * 1.5 + ${read('likes')} * 0.1`,
    `${at(depth)}days = ${read('days_active')}`,
  ];
  if (!parts.zeroDays) return [...lines, `${at(depth)}${target} = points / days`];
  if (style.guard === 'conditional')
    return [...lines, `${at(depth)}${target} = points / days if days > 0 else 0.0`];
  return [
    ...lines,
    ...(style.comments ? [`${at(depth)}# a user without active days has no engagement`] : []),
    `${at(depth)}if days <= 0:`,
    `${at(depth + 1)}${target} = 0.0`,
    `${at(depth)}else:`,
    `${at(depth + 1)}${target} = points / days`,
  ];
}

function engagementHelper(parts: Parts, style: Style): string[] {
  return [
    `def _engagement(${style.user}):`,
    ...engagement(parts, style, style.user, 'result', 1),
    `${at(1)}return result`,
    '',
    '',
  ];
}

function opening(parts: Parts, style: Style): string[] {
  const nothing = `{'average_engagement': 0.0, 'top_performers': [], 'active_count': 0}`;
  const lines: string[] = [];
  if (parts.emptyInput) lines.push(`${at(1)}if not users:`, `${at(2)}return ${nothing}`);
  if (!parts.dateRange) {
    lines.push(
      `${at(1)}if start_date > end_date:`,
      `${at(2)}raise ValueError('start_date is after end_date')`,
    );
  } else if (style.explicitRange && (parts.noActive || !parts.averageActive)) {
    lines.push(`${at(1)}if start_date > end_date:`, `${at(2)}return ${nothing}`);
  }
  return lines;
}

function inRange(parts: Parts, style: Style): string[] {
  const read = parts.missingKeys ? `${style.user}.get('last_login', '')` : `${style.user}['last_login']`;
  if (style.dates === 'chained')
    return [`${at(2)}if not (start_date <= ${read} <= end_date):`, `${at(3)}continue`];
  const lines = [`${at(2)}last_login = ${read}`];
  if (style.dates === 'separate' || !parts.loads) {
    return [...lines, `${at(2)}if last_login < start_date or last_login > end_date:`, `${at(3)}continue`];
  }
  return [
    ...lines,
    ...(parts.missingKeys ? [`${at(2)}if not last_login:`, `${at(3)}continue`] : []),
    `${at(2)}login = datetime.strptime(last_login, '%Y-%m-%d')`,
    `${at(2)}if login < datetime.strptime(start_date, '%Y-%m-%d') or login > datetime.strptime(end_date, '%Y-%m-%d'):`,
    `${at(3)}continue`,
  ];
}

function collecting(parts: Parts, style: Style): string[] {
  const { active, user, value } = style;
  return [
    ...(style.comments ? [`${at(1)}# keep the users who logged in within the range`] : []),
    `${at(1)}${active} = []`,
    `${at(1)}total = 0.0`,
    `${at(1)}for ${user} in users:`,
    ...inRange(parts, style),
    ...(style.structure === 'helper'
      ? [`${at(2)}${value} = _engagement(${user})`]
      : engagement(parts, style, user, value, 2)),
    `${at(2)}total += ${value}`,
    ...keeping(parts, style),
  ];
}

function keeping(parts: Parts, style: Style): string[] {
  const { active, user, value, keyName } = style;
  if (!parts.noMutation) {
    const item = style.structure === 'pairs' ? `(${value}, ${user})` : user;
    return [`${at(2)}${user}['${keyName}'] = ${value}`, `${at(2)}${active}.append(${item})`];
  }
  if (style.structure === 'pairs') return [`${at(2)}${active}.append((${value}, ${user}))`];
  return style.copy === 'spread'
    ? [`${at(2)}${active}.append({**${user}, '${keyName}': ${value}})`]
    : [`${at(2)}${active}.append(dict(${user}, ${keyName}=${value}))`];
}

function averaging(parts: Parts, style: Style): string[] {
  const { active } = style;
  const divisor = parts.averageActive ? `len(${active})` : 'len(users)';
  if (!parts.noActive) return [`${at(1)}average = total / ${divisor}`];
  if (style.guard === 'conditional') return [`${at(1)}average = total / ${divisor} if ${active} else 0.0`];
  return [`${at(1)}average = 0.0`, `${at(1)}if ${active}:`, `${at(2)}average = total / ${divisor}`];
}

function choosing(parts: Parts, style: Style): string[] {
  const { active, structure } = style;
  const item = structure === 'pairs' ? 'pair[0]' : `item['${style.keyName}']`;
  const argument = structure === 'pairs' ? 'pair' : 'item';
  const order = parts.sortOrder ? ', reverse=True' : '';
  const slice = parts.topFive ? (parts.sortOrder ? '[:5]' : '[-5:]') : '';
  return [
    ...(style.comments ? [`${at(1)}# the best performers by engagement`] : []),
    `${at(1)}ranked = sorted(${active}, key=lambda ${argument}: ${item}${order})`,
    structure === 'pairs'
      ? `${at(1)}top = [pair[1] for pair in ranked${slice}]`
      : `${at(1)}top = ranked${slice}`,
    ...(parts.fewerThanFive ? [] : [`${at(1)}top = top + [None] * (5 - len(top))`]),
  ];
}
