import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { callKey } from '../../src/models/call-key.ts';
import { chatResponseSchema } from '../../src/models/call-store/stored-call.ts';
import type { ChatModel, ChatOutcome, ChatRequest, ChatResponse } from '../../src/models/chat-model.ts';

/** A model under test and what is needed to try it. */
export interface Subject {
  readonly model: ChatModel;
  /** A request that gets an answer, with a non-empty text that is longer than one token. */
  readonly request: ChatRequest;
  readonly clock: Clock;
  /** Runs a test's body; a virtual clock drives it here (`(main) => clock.run(main)`). */
  readonly run: <Value>(main: () => Promise<Value>) => Promise<Value>;
  /** Equal requests, asked one after the other, get equal texts. */
  readonly deterministic: boolean;
  /** A request still under way after `abortAfterMs`; without it the test of aborting midway is skipped. */
  readonly slow?: { readonly request: ChatRequest; readonly abortAfterMs: number };
  /** A request to a model that the subject does not have; without it that test is skipped. */
  readonly unknownModel?: ChatRequest;
  readonly close?: () => Promise<void>;
}

/** What every `ChatModel` promises, whatever stands behind it. */
export function describeChatModel(name: string, create: () => Promise<Subject> | Subject): void {
  const withSubject =
    (body: (subject: Subject, skip: (reason: string) => never) => Promise<void>) =>
    async ({ skip }: { skip: (note?: string) => never }): Promise<void> => {
      const subject = await create();
      try {
        await subject.run(() => body(subject, skip));
      } finally {
        await subject.close?.();
      }
    };

  describe(`ChatModel: ${name}`, () => {
    it(
      'answers with text, positive usage and times that are possible',
      withSubject(async ({ model, request }) => {
        const response = answered(await model.complete(request));
        expect(chatResponseSchema.safeParse(response).error).toBeUndefined();
        expect(response.text).not.toBe('');
        expect(response.usage.inputTokens).toBeGreaterThan(0);
        expect(response.usage.outputTokens).toBeGreaterThan(0);
        expect(response.serviceMs).toBeGreaterThanOrEqual(0);
        if (response.firstTokenMs !== null) {
          expect(response.firstTokenMs).toBeGreaterThanOrEqual(0);
          expect(response.firstTokenMs).toBeLessThanOrEqual(response.serviceMs);
        }
        if (response.usd !== null) expect(response.usd).toBeGreaterThanOrEqual(0);
      }),
    );

    it(
      'hands out pieces that make up the text, none of them empty',
      withSubject(async ({ model, request }) => {
        const pieces: string[] = [];
        const response = answered(await model.complete(request, { onDelta: (text) => pieces.push(text) }));
        expect(pieces.join('')).toBe(response.text);
        expect(pieces).not.toContain('');
      }),
    );

    it(
      'needs no options and leaves the request as it was',
      withSubject(async ({ model, request }) => {
        const before = structuredClone(request);
        answered(await model.complete(request));
        expect(request).toEqual(before);
      }),
    );

    it(
      'gives equal answers to equal requests, if it says so',
      withSubject(async ({ model, request, deterministic }, skip) => {
        if (!deterministic) skip('the subject does not promise it');
        const first = answered(await model.complete(request));
        const second = answered(await model.complete(structuredClone(request)));
        expect(second.text).toBe(first.text);
        expect(second.finishReason).toBe(first.finishReason);
      }),
    );

    it(
      'keeps its revision, and with it the key of a call, while it answers',
      withSubject(async ({ model, request }) => {
        const before = callKey(request, model);
        answered(await model.complete(request));
        expect(callKey(structuredClone(request), model)).toBe(before);
        expect(callKey({ ...request, sample: { repeat: 9, index: 9 } }, model)).not.toBe(before);
      }),
    );

    it(
      'serves calls side by side, each with its own pieces',
      withSubject(async ({ model, request }) => {
        const outcomes = await Promise.all(
          [0, 1, 2].map(async () => {
            const pieces: string[] = [];
            const response = answered(
              await model.complete(request, { onDelta: (text) => pieces.push(text) }),
            );
            return [pieces.join(''), response.text];
          }),
        );
        for (const [pieces, text] of outcomes) expect(pieces).toBe(text);
      }),
    );

    it(
      'does nothing for a call that was aborted before it began',
      withSubject(async ({ model, request }) => {
        const pieces: string[] = [];
        const signal = AbortSignal.abort();
        const outcome = await model.complete(request, { signal, onDelta: (text) => pieces.push(text) });
        expect(outcome).toMatchObject({ kind: 'failed', failure: { cause: 'aborted', retryable: false } });
        expect(pieces).toEqual([]);
      }),
    );

    it(
      'ends a call that is aborted midway, and says nothing more',
      withSubject(async ({ model, clock, slow }, skip) => {
        if (slow === undefined) return skip('the subject answers at once');
        const controller = new AbortController();
        let said = 0;
        const call = model.complete(slow.request, { signal: controller.signal, onDelta: () => said++ });
        await clock.sleep(slow.abortAfterMs);
        controller.abort();
        const saidBefore = said;
        expect(await call).toMatchObject({ kind: 'failed', failure: { cause: 'aborted', retryable: false } });
        expect(said).toBe(saidBefore);
      }),
    );

    it(
      'rejects a model it does not have, as a value',
      withSubject(async ({ model, unknownModel }, skip) => {
        if (unknownModel === undefined) return skip('the subject has every model');
        expect(await model.complete(unknownModel)).toMatchObject({
          kind: 'failed',
          failure: { cause: 'rejected', retryable: false },
        });
      }),
    );
  });
}

/** The response of an outcome that must be one. */
export function answered(outcome: ChatOutcome): ChatResponse {
  if (outcome.kind === 'answered') return outcome.response;
  throw new Error(`expected an answer, found ${JSON.stringify(outcome.failure)}`);
}
