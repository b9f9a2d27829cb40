import { mix, type NumberSet, normalOf, uniformOf } from './hash.ts';
import type { Plan, PlannedAgent, PlannedStage } from './plan.ts';
import { secondsPerInputToken, type Traits } from './traits.ts';

interface Candidate {
  /** Above 0: right. */
  readonly value: number;
  /** 0 is right; others are ways to be wrong. */
  readonly label: number;
  readonly tokens: number;
  readonly key: number;
  readonly model: number;
  /** How much a reader believes it, after critiques. */
  weight: number;
}

const wrongLabels = 7;
const questionTokens = 120;

/**
 * One cell of a simulated MoA system: item response, no text. A model's answer to a question is its ability
 * against the question's difficulty plus errors on three levels: one that all its samples share, one of its
 * prompt, one of the sample. Readers of candidates gain from right ones and lose by wrong ones that agree.
 * Every call draws by the hash of its content, so that equal calls get equal answers, and is paid when the set
 * of paid calls does not hold it yet. Not re-entrant; made to do hundreds of thousands of cells a second.
 */
export class Evaluator {
  score = 0;
  latency = 0;
  tokens = 0;
  paidTokens = 0;
  readonly #traits: Traits;
  readonly #population: number;
  readonly #noise: number;
  readonly #affinity: Float64Array;
  readonly #paid: NumberSet | undefined;
  // Of the present cell.
  #item = 0;
  #difficulty = 0;
  #topic = 0;
  #salt = 0;
  #place = 0;
  #pool: Candidate[] = [];
  #critiqueTokens = 0;
  #critiqueHash = 0;
  #slowest = 0;
  #accepted = false;
  readonly #tally = new Float64Array(2 + wrongLabels);

  /**
   * @param population names a set of questions: those of one tuning seed, or of the truth
   * @param noise names the calls' randomness
   * @param paid calls paid so far; `undefined` where all calls are paid
   */
  constructor(traits: Traits, population: number, noise: number, paid: NumberSet | undefined) {
    this.#traits = traits;
    this.#population = population;
    this.#noise = noise;
    this.#paid = paid;
    this.#affinity = affinities(traits);
  }

  /**
   * Leaves the result in `score`, `latency`, `tokens` and `paidTokens`.
   * @param question index in the population
   * @param salt 0 for common random numbers; else something of the config
   */
  run(plan: Plan, question: number, repeat: number, salt = 0): void {
    this.latency = this.tokens = this.paidTokens = 0;
    const item = mix(this.#population, question);
    this.#item = item;
    this.#difficulty = this.#traits.difficulty * normalOf(mix(item, 11));
    this.#topic = (mix(item, 12) >>> 0) % this.#traits.topics;
    this.#salt = mix(salt, this.#noise);
    this.#place = question * 4096 + repeat;
    this.#pool = [];
    this.#critiqueTokens = this.#critiqueHash = 0;
    for (let index = 0; index < plan.length; index++) this.#stage(plan[index] as PlannedStage);
    const answer = this.#pool[0] as Candidate;
    this.score = this.#traits.graded
      ? Math.round(11 / (1 + Math.exp(-1.3 * answer.value))) / 11
      : answer.value > 0
        ? 1
        : 0;
  }

  #stage(stage: PlannedStage): void {
    switch (stage.kind) {
      case 'propose':
        for (let round = 0; round < stage.rounds; round++) this.#answers(stage.agents);
        return;
      case 'route':
        this.#route(stage.router, stage.agents, stage.choose);
        return;
      case 'critique':
        this.#critique(stage.agents);
        return;
      case 'verify':
        this.#verify(stage.agent);
        return;
      case 'rank':
        this.#rank(stage.agent, stage.keep);
        return;
      case 'vote':
        this.#vote();
        return;
      case 'fuse':
        this.#answers([stage.agent]);
        return;
      case 'loop':
        for (let time = 0; time < stage.times; time++) {
          for (let index = 0; index < stage.stages.length; index++) {
            this.#stage(stage.stages[index] as PlannedStage);
            if (stage.untilVerified && this.#accepted) return;
          }
        }
        return;
      default:
        stage satisfies never;
    }
  }

  /** Agents answer side by side, having read the candidates and critiques on the table. */
  #answers(agents: readonly PlannedAgent[]): void {
    const pool = this.#pool;
    const traits = this.#traits;
    let input = 0;
    let read = this.#critiqueTokens;
    let right = 0;
    let wrong = 0;
    let wrongLabel = 0;
    if (pool.length > 0) {
      input = this.#critiqueHash;
      for (const candidate of pool) {
        input = mix(input, candidate.key);
        read += candidate.tokens;
        if (candidate.label === 0) right += candidate.weight;
        else {
          const same = (this.#tally[candidate.label] as number) + candidate.weight;
          this.#tally[candidate.label] = same;
          if (same > wrong) {
            wrong = same;
            wrongLabel = candidate.label;
          }
        }
      }
      this.#tally.fill(0);
    }
    const support = Math.log(1 + 2 * right) - Math.log(1 + 2 * wrong);
    const load = traits.attention * Math.log(1 + pool.length);
    const next: Candidate[] = [];
    this.#slowest = 0;
    for (const agent of agents) {
      const queue = this.#queue(agent, agents);
      const known = agent.ability - this.#difficulty + this.#luck(agent) + agent.use * support - load;
      for (let sample = 0; sample < agent.samples; sample++) {
        const key = mix(mix(agent.hash, input), sample);
        const own = this.#draw(key);
        const tokens = this.#pay(agent, key, read, agent.outputTokens, queue);
        const value = known + agent.sampleError * normalOf(own);
        const label = value > 0 ? 0 : this.#wrongLabel(agent, own, wrong, wrongLabel);
        next.push({ value, label, tokens, key, model: agent.model, weight: 1 });
      }
    }
    this.latency += this.#slowest;
    this.#pool = next;
    this.#critiqueTokens = this.#critiqueHash = 0;
    this.#accepted = false;
  }

  /** What all samples share: the model with this topic, with this question, and the prompt with it. */
  #luck(agent: PlannedAgent): number {
    const { modelError, promptError, topics } = this.#traits;
    return (
      (this.#affinity[agent.model * topics + this.#topic] as number) +
      modelError * normalOf(mix(this.#item, agent.modelHash)) +
      promptError * normalOf(mix(this.#item, agent.modelPromptHash))
    );
  }

  /** Mostly the strongest wrong answer read, a misconception of everybody, the model's habit, or a new one. */
  #wrongLabel(agent: PlannedAgent, own: number, wrong: number, wrongLabel: number): number {
    const kind = uniformOf(mix(own, 21));
    if (wrong > 0 && kind < 0.6) return wrongLabel;
    if (kind > 1 - this.#traits.misconception) return 1;
    const hash = kind > 0.35 ? mix(this.#item, agent.modelHash) : own;
    return 2 + ((mix(hash, 22) >>> 0) % wrongLabels);
  }

  #route(router: PlannedAgent, agents: readonly PlannedAgent[], choose: number): void {
    this.#slowest = 0;
    const key = mix(router.hash, agents.length);
    this.#pay(router, key, 25 * agents.length, router.outputTokens);
    this.latency += this.#slowest;
    const own = this.#draw(key);
    const noise = Math.exp(-router.judge);
    const fit = agents.map(
      (agent, index) => agent.ability + this.#luck(agent) + noise * normalOf(mix(own, index)),
    );
    const chosen = fit
      .map((_, index) => index)
      .sort((a, b) => (fit[b] as number) - (fit[a] as number))
      .slice(0, choose);
    this.#answers(agents.filter((_, index) => chosen.includes(index)));
  }

  #critique(critics: readonly PlannedAgent[]): void {
    const { content, read } = this.#table();
    this.#slowest = 0;
    for (const critic of critics) {
      const queue = this.#queue(critic, critics);
      const key = mix(critic.hash, content);
      const own = this.#draw(key);
      this.#critiqueTokens += this.#pay(critic, key, read, critic.outputTokens, queue);
      this.#critiqueHash = mix(this.#critiqueHash, key);
      const chance = logistic(critic.critic - 0.3 * this.#difficulty);
      for (let index = 0; index < this.#pool.length; index++) {
        const candidate = this.#pool[index] as Candidate;
        const isRight = uniformOf(mix(own, index)) < chance;
        const verdict = isRight === (candidate.label === 0) ? 1 : -1;
        candidate.weight *= Math.exp((this.#traits.critiqueUse * verdict) / critics.length);
      }
    }
    this.latency += this.#slowest;
  }

  #verify(verifier: PlannedAgent): void {
    this.#slowest = 0;
    const chance = logistic(verifier.judge - 0.3 * this.#difficulty);
    const kept = this.#pool.filter((candidate) => {
      const key = mix(verifier.hash, candidate.key);
      this.#pay(verifier, key, candidate.tokens, verifier.outputTokens);
      return uniformOf(mix(this.#draw(key), 31)) < chance === (candidate.label === 0);
    });
    this.#accepted = kept.length > 0;
    if (this.#accepted) this.#pool = kept;
    this.latency += this.#slowest;
  }

  #rank(ranker: PlannedAgent, keep: number): void {
    if (this.#pool.length < 2) return;
    const { content, read } = this.#table();
    this.#slowest = 0;
    const key = mix(ranker.hash, mix(content, this.#critiqueHash));
    const own = this.#draw(key);
    this.#pay(ranker, key, read + this.#critiqueTokens, ranker.outputTokens);
    this.latency += this.#slowest;
    const noise = Math.exp(-ranker.judge);
    this.#pool = this.#pool
      .map((candidate, index) => ({
        candidate,
        worth: Math.tanh(candidate.value) + Math.log(candidate.weight) + noise * normalOf(mix(own, index)),
      }))
      .sort((a, b) => b.worth - a.worth)
      .slice(0, keep)
      .map(({ candidate }) => candidate);
    this.#critiqueTokens = this.#critiqueHash = 0;
  }

  /** Majority of labels; ties go to the earlier candidate. */
  #vote(): void {
    const tally = this.#tally.fill(0);
    for (const { label } of this.#pool) tally[label] = (tally[label] as number) + 1;
    const most = Math.max(...tally);
    this.#pool = this.#pool.filter(({ label }) => tally[label] === most).slice(0, 1);
    tally.fill(0);
  }

  #table(): { content: number; read: number } {
    let content = 0;
    let read = 0;
    for (const candidate of this.#pool) {
      content = mix(content, candidate.key);
      read += candidate.tokens;
    }
    return { content, read };
  }

  /** The randomness of a call in this cell. */
  #draw(key: number): number {
    return mix(mix(mix(this.#item, this.#place), key), this.#salt);
  }

  /** How many times as long a call takes for the others that its model answers at the same time. */
  #queue(agent: PlannedAgent, atOnce: readonly PlannedAgent[]): number {
    const { queueing } = this.#traits;
    if (queueing === 0) return 1;
    let calls = 0;
    for (const { model, samples } of atOnce) if (model === agent.model) calls += samples;
    return 1 + queueing * (calls - 1);
  }

  /** Books a call; its output tokens. */
  #pay(agent: PlannedAgent, key: number, read: number, length: number, queue = 1): number {
    const draw = this.#draw(key);
    const output = Math.max(1, Math.round(length * Math.exp(0.25 * normalOf(mix(draw, 41)))));
    const input = questionTokens + agent.promptTokens + read;
    const seconds =
      (agent.firstToken + output * agent.secondsPerToken + input * secondsPerInputToken) *
      Math.exp(0.12 * normalOf(mix(draw, 42))) *
      queue;
    if (seconds > this.#slowest) this.#slowest = seconds;
    this.tokens += input + output;
    if (this.#paid === undefined || this.#paid.add(this.#place * 4294967296 + (key >>> 0))) {
      this.paidTokens += input + output;
    }
    return output;
  }
}

const logistic = (value: number): number => 1 / (1 + Math.exp(-value));

function affinities(traits: Traits): Float64Array {
  const table = new Float64Array(traits.models.size * traits.topics);
  for (let model = 0; model < traits.models.size; model++) {
    for (let topic = 0; topic < traits.topics; topic++) {
      const name = [...traits.models.keys()][model] as string;
      let hash = mix(topic, 51);
      for (const character of `${traits.seed}/${name}`) hash = mix(hash, character.charCodeAt(0));
      table[model * traits.topics + topic] = traits.topicSpread * normalOf(hash);
    }
  }
  return table;
}
