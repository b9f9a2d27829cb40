/**
 * The token of `mixtune ui`, which stands in the fragment of the address that it prints: it is taken out of the
 * address at once, and kept for reloads of this tab.
 */
const [, given, rest = ''] = /^#token=([A-Za-z0-9_-]+)(.*)$/.exec(location.hash) ?? [];
if (given !== undefined) {
  kept(() => sessionStorage.setItem('token', given));
  history.replaceState(null, '', `#${rest}`);
}

export const token = given ?? kept(() => sessionStorage.getItem('token')) ?? '';

/** A browser may keep nothing. */
function kept<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
