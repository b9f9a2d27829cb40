import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { commands } from '../../src/cli/commands.ts';

const read = (name: string): unknown[] =>
  parseAllDocuments(readFileSync(`docs/many-machines/${name}`, 'utf8')).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });

const known = commands.map(({ name }) => name);

it('the Compose file is one, and runs commands that there are', () => {
  const service = z.looseObject({
    image: z.string(),
    command: z.array(z.string()),
    environment: z.record(z.string(), z.string()).optional(),
    depends_on: z.array(z.string()).optional(),
    volumes: z.array(z.string()).optional(),
  });
  const compose = z
    .strictObject({
      name: z.string(),
      services: z.record(z.string(), service),
      volumes: z.record(z.string(), z.object({})),
    })
    .parse(read('compose.yaml')[0]);
  const { services } = compose;
  for (const { depends_on: others = [] } of Object.values(services))
    for (const other of others) expect(Object.keys(services)).toContain(other);
  const own = Object.values(services).filter(({ image }) => image === 'mixtune');
  const run = own.map(({ command: [name = ''] }) => name);
  expect(run.sort()).toEqual(['tune', 'worker']);
  for (const name of run) expect(known).toContain(name);
});

it('the Kubernetes file has what its labels, volumes and secrets name', () => {
  const meta = z.looseObject({ name: z.string() });
  const container = z.looseObject({
    image: z.string(),
    args: z.array(z.string()),
    env: z.array(
      z.strictObject({
        name: z.string(),
        valueFrom: z.strictObject({
          secretKeyRef: z.strictObject({ name: z.literal('mixtune'), key: z.string() }),
        }),
      }),
    ),
  });
  const labels = z.record(z.string(), z.string());
  const workload = z.looseObject({
    apiVersion: z.literal('apps/v1'),
    kind: z.enum(['Deployment', 'StatefulSet']),
    metadata: meta,
    spec: z.looseObject({
      selector: z.strictObject({ matchLabels: labels }),
      template: z.looseObject({
        metadata: z.strictObject({ labels }),
        spec: z.looseObject({ containers: z.array(container) }),
      }),
    }),
  });
  const [service, ...rest] = read('kubernetes.yaml');
  expect(service).toMatchObject({ apiVersion: 'v1', kind: 'Service' });
  for (const each of rest.map((value) => workload.parse(value))) {
    const { selector, template } = each.spec;
    expect(template.metadata.labels).toEqual(selector.matchLabels);
    for (const { args, env, image } of template.spec.containers) {
      const names = env.map(({ name }) => name);
      for (const [, used] of args.join(' ').matchAll(/\$\((\w+)\)/g)) expect(names).toContain(used);
      if (image === 'mixtune') expect(known).toContain(args[0]);
    }
  }
});
