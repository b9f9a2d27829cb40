/** The name or address in a `Host` header, without port and brackets, in small letters; `undefined` where it is none. */
export function nameInHost(host: string): string | undefined {
  const address = `http://${host}`;
  if (/[/?#@\\\s]/.test(host) || !URL.canParse(address)) return undefined;
  return new URL(address).hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Whether only this machine can reach an address (`127.0.0.1`, `::1`), or it is this machine's own name. */
export function isLoopback(address: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/.test(address);
}

/** Whether a URL's `hostname` means this machine: the same, with IPv6 in brackets, and all names below `localhost`. */
export function isLoopbackHost(hostname: string): boolean {
  return isLoopback(hostname.replace(/^\[(.*)\]$/, '$1')) || /.\.localhost$/.test(hostname);
}
