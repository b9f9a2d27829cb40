import { abilityOf } from './ability.ts';
import { routing } from './constants.ts';
import { unitNoise } from './noise.ts';
import type { Situation } from './subject.ts';

/**
 * A router's answer, whatever the subject: it knows agents only by what the text says of them, so it
 * leans to those whose line speaks of the question, and to bigger models by their names' sizes.
 */
export function writeRoute(situation: Situation): string {
  const { system, instructions } = situation.request;
  // A question may hold lists of its own.
  const prompt = system.trim() === '' ? instructions : system;
  const agents = listedAgents(prompt);
  if (agents.length === 0) return 'I cannot see any agents to choose from.';
  const wanted = wantedCount(prompt);
  const clarity = routing.clarity + Math.max(0, abilityOf(situation, 'language'));
  const words = new Set(stemsOf(situation.request.question));
  const scored = agents.map((agent, index) => {
    const relevant = new Set(stemsOf(agent.line).filter((stem) => words.has(stem))).size;
    const noise = unitNoise(situation.rng.derive('route', agent.name));
    return {
      name: agent.name,
      index,
      score: clarity * (Math.min(3, relevant) * routing.perWord + sizeHint(agent.line)) + noise,
    };
  });
  const order = scored.sort((a, b) => b.score - a.score || a.index - b.index);
  return `AGENTS: ${order
    .slice(0, wanted)
    .map(({ name }) => name)
    .join(', ')}`;
}

/** Agents listed as `- name …`, `1. name …`, or on one line `agents: a, b, c`. */
function listedAgents(text: string): { name: string; line: string }[] {
  const tagged = [...text.matchAll(/<agent\b[^>]*\bname="([^"]+)"[^>]*>([^\n]*)/g)];
  if (tagged.length > 0) return tagged.map((match) => ({ name: match[1] ?? '', line: match[0] }));
  const listed = [
    ...text.matchAll(
      /^[ \t]*(?:[-*•]|\d+[.)])[ \t]+[`"*]*([\w][\w .-]*?)[`"*]*(?:[ \t]*(?:[:(–—,]|- ).*)?$/gm,
    ),
  ];
  if (listed.length > 0) return listed.map((match) => ({ name: (match[1] ?? '').trim(), line: match[0] }));
  const line = /\bagents(?: are| available)?:[ \t]*([^\n]+)/i.exec(text.replace(/AGENTS:[^\n]*/g, ''));
  const names = (line?.[1] ?? '').split(',').map((name) => name.trim().replace(/[.`"]/g, ''));
  return names.filter((name) => name !== '').map((name) => ({ name, line: name }));
}

function wantedCount(text: string): number {
  const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six'];
  const found =
    /\b(?:choose|pick|name|select|exactly)\b[^.\n\d]{0,30}?\b(\d+|one|two|three|four|five|six)\b/i.exec(
      text,
    )?.[1];
  if (found === undefined) return 1;
  return Math.max(1, /\d/.test(found) ? Number(found) : words.indexOf(found.toLowerCase()));
}

/** Words of four letters or more, cut to five so that `function` and `functions` meet. */
function stemsOf(text: string): string[] {
  return (text.toLowerCase().match(/[a-z]{4,}/g) ?? []).map((word) => word.slice(0, 5));
}

/** 0 for a billion parameters or none told, up to 1 for hundreds of them. */
function sizeHint(line: string): number {
  const size = Number(/\b(\d+(?:\.\d+)?)b\b/i.exec(line)?.[1] ?? 0);
  return Math.min(1, size / 100);
}
