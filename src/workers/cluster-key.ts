import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { InputError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';

/** The variable that holds what a run and its workers share. */
const clusterKeyVariable = 'MIXTUNE_CLUSTER_KEY';
/** Shorter texts can be guessed. */
const leastLength = 32;

const version = 1;
const bytes = { salt: 16, nonce: 12, tag: 16 } as const;
const head = 1 + bytes.salt + bytes.nonce;
/** Whoever writes to the server could send salts without end. */
const mostDerivedKeys = 256;

/** What a text is for; one that is moved to another place does not open there. */
export interface Place {
  readonly kind: 'job' | 'answer' | 'worker' | 'run';
  /** The job, worker or run that it belongs to. */
  readonly id: string;
  /** Where it lies, for a job its queue. */
  readonly where: string;
}

/** A text that was opened. */
export interface Opened {
  readonly text: string;
  /** Differs for any two texts that were ever sealed: what was seen before is a replay. */
  readonly mark: string;
}

/**
 * Seals what goes over the server, so that who can read and write there learns nothing of it and can change
 * nothing: AES-256-GCM, whose tag proves that the writer has the key. Each process derives a key of its own by
 * HKDF-SHA256 from a random salt, so that random nonces of many processes do not meet.
 */
export class ClusterKey {
  readonly #secret: Buffer;
  readonly #salt = randomBytes(bytes.salt);
  readonly #derived = new Map<string, Buffer>();
  readonly #tags: Buffer;

  /** @throws InputError for a text that is too short to be a key */
  constructor(secret: string) {
    if (secret.trim().length < leastLength) throw unusable(`${secret.trim().length} characters`);
    this.#secret = Buffer.from(secret.trim());
    this.#tags = this.#derive(Buffer.from('names'));
  }

  seal(place: Place, text: string): string {
    const nonce = randomBytes(bytes.nonce);
    const cipher = createCipheriv('aes-256-gcm', this.#keyOf(this.#salt), nonce).setAAD(boundTo(place));
    const body = [cipher.update(text, 'utf8'), cipher.final()];
    return Buffer.concat([Buffer.of(version), this.#salt, nonce, ...body, cipher.getAuthTag()]).toString(
      'base64',
    );
  }

  open(place: Place, sealed: string): Result<Opened, 'forged or altered'> {
    const whole = Buffer.from(sealed, 'base64');
    if (whole.length < head + bytes.tag || whole[0] !== version) return err('forged or altered');
    const salt = whole.subarray(1, 1 + bytes.salt);
    const nonce = whole.subarray(1 + bytes.salt, head);
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#keyOf(salt), nonce, { authTagLength: bytes.tag })
        .setAAD(boundTo(place))
        .setAuthTag(whole.subarray(-bytes.tag));
      const body = decipher.update(whole.subarray(head, -bytes.tag), undefined, 'utf8');
      return ok({ text: body + decipher.final('utf8'), mark: whole.subarray(1, head).toString('hex') });
    } catch {
      return err('forged or altered');
    }
  }

  /** A name for what the parts say (hex digits, 64 unless told), from which nobody without the key learns it. */
  name(parts: readonly string[], length = 64): string {
    return createHmac('sha256', this.#tags).update(JSON.stringify(parts)).digest('hex').slice(0, length);
  }

  #keyOf(salt: Buffer): Buffer {
    const name = salt.toString('hex');
    const known = this.#derived.get(name);
    if (known !== undefined) return known;
    const key = this.#derive(salt);
    if (this.#derived.size >= mostDerivedKeys) this.#derived.clear();
    this.#derived.set(name, key);
    return key;
  }

  #derive(salt: Buffer): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#secret, salt, `mixtune workers ${version}`, 32));
  }
}

/** @throws InputError where the variable holds nothing, or too little. */
export function clusterKeyIn(env: Readonly<Record<string, string | undefined>>): ClusterKey {
  const secret = env[clusterKeyVariable]?.trim() ?? '';
  if (secret === '') throw unusable('nothing');
  return new ClusterKey(secret);
}

function unusable(found: string): InputError {
  return new InputError(clusterKeyVariable, {
    expected: `a secret of at least ${leastLength} characters that the run and all workers share (openssl rand -hex 32 makes one)`,
    found,
  });
}

function boundTo({ kind, id, where }: Place): Buffer {
  return Buffer.from(JSON.stringify([kind, id, where]));
}
