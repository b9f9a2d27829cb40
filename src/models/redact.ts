export { redact } from '../core/redact.ts';
