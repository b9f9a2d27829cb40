/** What servers count against a key: requests, and tokens (input and output together). */
export type Quota = 'requests' | 'tokens';

export const quotas = ['requests', 'tokens'] as const;

export type PerQuota<Value> = { requests: Value; tokens: Value };
