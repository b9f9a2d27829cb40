import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Estimates } from '../../src/domain/objective.ts';
import {
  boundsForBody,
  boundsOfBody,
  boundsOfText,
  type RequestBounds,
  textOfBounds,
} from '../../src/serve/bounds.ts';
import { choose, excessOf, type Front, type Member } from '../../src/serve/catalogue.ts';
import { parseChatRequest } from '../../src/serve/chat-request.ts';
import { agent, configOf } from '../support/moa.ts';
import { ScriptedModel } from '../support/scripted-model.ts';
import { asked, figures, memberOf, sourceOf, twoMembers } from '../support/serve.ts';

const model = new ScriptedModel(() => 'x');

describe('bounds', () => {
  it.each<[string, RequestBounds]>([
    ['max-latency=2s', { maxLatency: 2 }],
    ['max-latency=500ms; max-usd=0.002 ;relax', { maxLatency: 0.5, maxUsd: 0.002, relax: true }],
    ['max-tokens=1000;min-score=0.8;prefer=usd', { maxTokens: 1000, minScore: 0.8, prefer: 'usd' }],
    [
      'latency<=500ms; usd<=0.002;score>=0.8;relax',
      { maxLatency: 0.5, maxUsd: 0.002, minScore: 0.8, relax: true },
    ],
    ['max-tokens=2k;tokens<=1k', { maxTokens: 1000 }],
    ['deadline=1m;stages=full;relax=false', { deadline: 60, stages: 'full', relax: false }],
    ['', {}],
    [';;', {}],
  ])('are read from a text: %s', (text, bounds) => {
    expect(boundsOfText(text, 'x-mixtune')).toEqual({ ok: true, value: bounds });
  });

  it.each([
    ['max-latency=fast', 'max-latency: expected a time above 0 such as 3s'],
    ['max-usd=-1', 'max-usd: expected US dollars above 0 such as 0.01, found "-1"'],
    ['min-score=2', 'min-score: expected a number from 0 to 1'],
    ['latency>=2s', 'x-mixtune: expected latency<= and a value, found "latency>=2s"'],
    ['prefer=speed', 'prefer: expected one of score, latency, usd'],
    ['max-latancy=2s', 'did you mean "max-latency"?'],
    ['constructor=1', 'expected some of'],
  ])('say what is wrong: %s', (text, message) => {
    expect(boundsOfText(text, 'x-mixtune')).toMatchObject({
      ok: false,
      error: { param: 'x-mixtune', message: expect.stringContaining(message) },
    });
  });

  it('of the body go before those of the header, and these before those of the name', () => {
    const body = {
      model: 'front;max-usd=1;max-latency=9s;relax',
      messages: asked('?'),
      mixtune: { max_usd: 3 },
    };
    const parsed = parseChatRequest(body, 'max-usd=2;max-latency=5s');
    expect(parsed).toMatchObject({
      ok: true,
      value: { model: 'front', bounds: { maxUsd: 3, maxLatency: 5, relax: true } },
    });
  });

  it('are told as clients write them: under the names of a body, or as a text', () => {
    const amount = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
    const optional = { requiredKeys: [] };
    const bounds = fc.record(
      {
        ...{ maxLatency: amount, maxUsd: amount, maxTokens: amount, deadline: amount },
        minScore: fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs),
        prefer: fc.constantFrom('score' as const, 'latency' as const, 'usd' as const),
        stages: fc.constantFrom('none' as const, 'names' as const, 'full' as const),
        ...{ relax: fc.boolean(), raw: fc.boolean() },
      },
      optional,
    );
    fc.assert(
      fc.property(bounds, (given) => {
        expect(boundsOfBody(boundsForBody(given))).toEqual({ ok: true, value: given });
        expect(boundsOfText(textOfBounds(given), 'x-mixtune')).toEqual({ ok: true, value: given });
      }),
    );
  });

  it('of a body may be null, as clients send what is not set', () => {
    expect(boundsOfBody({ max_usd: null, relax: null })).toEqual({ ok: true, value: {} });
    expect(boundsOfBody(undefined)).toEqual({ ok: true, value: {} });
  });
});

describe('the choice', () => {
  const front = twoMembers(model);
  const [best, cheap] = front.members as [Member, Member];
  const chosen = (name: string, bounds: RequestBounds) => {
    const choice = choose(front, name, bounds);
    return choice.ok ? choice.value.fitting.map(({ id }) => id) : choice.error.code;
  };

  it.each<[string, RequestBounds, unknown]>([
    ['front', {}, [best.id, cheap.id]],
    ['front', { maxLatency: 3.4 }, [best.id, cheap.id]],
    // The mean is inside, the upper end of the interval is not.
    ['front', { maxLatency: 3.1 }, [cheap.id]],
    ['front', { minScore: 0.7 }, [best.id]],
    ['front', { prefer: 'latency' }, [cheap.id, best.id]],
    ['front', { maxUsd: 0.0001 }, 'no_config_within_bounds'],
    ['front', { maxUsd: 0.0001, relax: true }, [cheap.id]],
    ['best', { maxUsd: 0.001 }, 'no_config_within_bounds'],
    ['best', { maxUsd: 0.001, relax: true }, [best.id]],
    ['cheapest', {}, [cheap.id]],
    [`mixtune/${best.id}`, {}, [best.id]],
    [best.id.slice(0, 6), {}, [best.id]],
    ['mixtune/', {}, 'model_not_found'],
  ])('of %s within %o', (name, bounds, ids) => expect(chosen(name, bounds)).toEqual(ids));

  it('takes no member whose figures are unknown where a bound needs them', () => {
    const unknown = memberOf(configOf({ kind: 'propose', agents: [agent('u')] }), sourceOf(model), {
      ...figures(0.9, 1, 1, 1),
      latency: { mean: 1, low: null, high: null },
    });
    expect(choose({ members: [unknown], points: {} }, 'front', { maxLatency: 100 })).toMatchObject({
      ok: false,
    });
    expect(choose({ members: [unknown], points: {} }, 'front', { maxUsd: 2 })).toMatchObject({ ok: true });
  });

  it('holds the holdout, which no search has seen, against the bounds', () => {
    const member = { ...best, holdout: figures(0.5, 3, 900, 0.003) };
    expect(choose({ members: [member], points: {} }, 'front', { minScore: 0.7 })).toMatchObject({
      ok: false,
    });
  });

  it("holds the run's bounds against requests for the front that have none of their own, where a member fits", () => {
    const first = (own: RequestBounds, asked: RequestBounds, name = 'front') => {
      const choice = choose({ ...front, bounds: own }, name, asked);
      return choice.ok ? choice.value.fitting[0].id : choice.error.code;
    };
    expect(first({ maxLatency: 2 }, {})).toBe(cheap.id);
    expect(first({ maxLatency: 2 }, { maxLatency: 9 })).toBe(best.id);
    expect(first({ maxLatency: 2 }, {}, 'best')).toBe(best.id);
    expect(first({ maxLatency: 0.1 }, {})).toBe(best.id);
  });

  it('says whose bounds held, and which', () => {
    const own: RequestBounds = { maxLatency: 2 };
    const held = (asked: RequestBounds) => {
      const choice = choose({ ...front, bounds: own }, 'front', asked);
      return choice.ok ? { why: choice.value.why, bounds: choice.value.bounds } : choice.error.code;
    };
    expect(held({ raw: true })).toEqual({
      why: "best score of the front within the server's bounds",
      bounds: { maxLatency: 2, raw: true },
    });
    // One of its own replaces all of the server's, also those on other figures.
    expect(held({ maxTokens: 5000 })).toEqual({
      why: "best score of the front within the request's bounds",
      bounds: { maxTokens: 5000 },
    });
    expect(held({ maxTokens: 1, relax: true })).toEqual({
      why: "nearest to the request's bounds, which none fits",
      bounds: { maxTokens: 1, relax: true },
    });
  });

  it("goes by means where no member's whole interval is within the run's bounds", () => {
    const own: RequestBounds = { maxLatency: 1.05, minScore: 0.55 };
    expect(choose(front, 'front', own).ok).toBe(false);
    expect(choose({ ...front, bounds: own }, 'front', { prefer: 'score' })).toMatchObject({
      ok: true,
      value: {
        fitting: [{ id: cheap.id }],
        why: "best score of the front within the server's bounds by its means",
        bounds: { ...own, prefer: 'score' },
        relaxed: false,
      },
    });
  });

  const first = (members: readonly Member[], points: Front['points'] = {}, bounds: RequestBounds = {}) => {
    const choice = choose({ members, points }, 'front', bounds);
    return choice.ok ? choice.value.fitting[0].id : choice.error.code;
  };

  it("is the run's best where it fits, also where another was luckier", () => {
    const lucky = { ...cheap, tuning: figures(0.95, 1, 200, 0.0005) };
    expect(first([best, lucky])).toBe(lucky.id);
    expect(first([best, lucky], { best: best.id })).toBe(best.id);
    expect(first([best, lucky], { best: best.id }, { maxLatency: 2 })).toBe(lucky.id);
    expect(first([best, lucky], { best: best.id }, { prefer: 'latency' })).toBe(lucky.id);
  });

  it('holds no score of the search against one of the holdout', () => {
    const tested = { ...best, holdout: figures(0.55, 3, 900, 0.003) };
    expect(first([cheap, tested])).toBe(tested.id);
    expect(first([{ ...cheap, holdout: figures(0.6, 1, 200, 0.0005) }, tested])).toBe(cheap.id);
  });

  describe('where some were measured on the holdout', () => {
    const lucky = { ...cheap, tuning: figures(0.97, 1, 200, 0.0005) };
    const tested = { ...best, holdout: figures(0.95, 3, 900, 0.003) };
    const choice = (asked: RequestBounds, own?: RequestBounds) => {
      const found = choose(
        { members: [lucky, tested], points: {}, ...(own === undefined ? {} : { bounds: own }) },
        'front',
        asked,
      );
      return found.ok ? [found.value.fitting.map(({ id }) => id), found.value.why] : found.error.code;
    };
    const [low, middle] = [tested.holdout.score.low ?? 0, 0.95];
    const unsure = ', which was not measured on the holdout';

    it.each<[string, RequestBounds, RequestBounds | undefined, string[], string]>([
      ['both fit', { minScore: low }, undefined, [tested.id, lucky.id], "the request's bounds"],
      ['costs alone bound', { maxLatency: 9 }, undefined, [tested.id, lucky.id], "the request's bounds"],
      ['only the other fits', { maxLatency: 2 }, undefined, [lucky.id], `the request's bounds${unsure}`],
      [
        'costs choose',
        { maxLatency: 9, prefer: 'usd' },
        undefined,
        [lucky.id, tested.id],
        "the request's bounds",
      ],
      ['its mean fits', {}, { minScore: middle }, [tested.id, lucky.id], "the server's bounds by its means"],
    ])('one without is taken only if none with it fits: %s', (_, asked, own, ids, within) => {
      const [fitting, why] = choice(asked, own);
      expect(fitting).toEqual(ids);
      expect(String(why).endsWith(`within ${within}`)).toBe(true);
    });
  });

  const estimate = fc
    .tuple(
      fc.double({ min: 0.01, max: 10, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 9 }),
    )
    .map(([mean, width, luck]) =>
      luck === 0
        ? { mean, low: null, high: null }
        : { mean, low: mean * (1 - width), high: mean * (1 + width) },
    );
  const estimates: fc.Arbitrary<Estimates> = fc.record({
    score: estimate,
    latency: estimate,
    tokens: estimate,
    usd: estimate,
  });
  const bound = fc.option(fc.double({ min: 0.01, max: 10, noNaN: true }), { nil: undefined });
  const bounds = fc.record({ maxLatency: bound, maxUsd: bound, maxTokens: bound, minScore: bound });

  it('is every member that a naive look finds inside, the best first', () => {
    fc.assert(
      fc.property(fc.array(estimates, { minLength: 1, maxLength: 6 }), bounds, (all, given) => {
        const members = all.map((tuning, index) => ({ ...best, id: `m${index}`, tuning }));
        const set = Object.fromEntries(
          Object.entries(given).filter(([, value]) => value !== undefined),
        ) as RequestBounds;
        const inside = members.filter(({ tuning: { score, latency, tokens, usd } }) => {
          const under = (high: number | null, limit: number | undefined) =>
            limit === undefined || (high !== null && high <= limit);
          const over = set.minScore === undefined || (score.low !== null && score.low >= set.minScore);
          return (
            under(latency.high, set.maxLatency) &&
            under(tokens.high, set.maxTokens) &&
            under(usd.high, set.maxUsd) &&
            over
          );
        });
        const choice = choose({ members, points: {} } satisfies Front, 'front', set);
        if (!choice.ok) {
          expect(inside).toEqual([]);
          return;
        }
        expect(new Set(choice.value.fitting.map(({ id }) => id))).toEqual(
          new Set(inside.map(({ id }) => id)),
        );
        const top = Math.max(...inside.map(({ tuning }) => tuning.score.mean ?? 0));
        expect(choice.value.fitting[0]?.tuning?.score.mean).toBe(top);
        expect(choice.value.fitting.every((member) => excessOf(member, set) === 0)).toBe(true);
      }),
    );
  });
});
