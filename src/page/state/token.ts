/**
 * The token of `mixtune ui`, which stands in the fragment of the address that it prints: it is taken out of the
 * address at once, and kept for reloads of this tab.
 */
const withToken = /^#token=([A-Za-z0-9_-]+)(.*)$/;
const [, given, rest = ''] = withToken.exec(location.hash) ?? [];
if (given !== undefined) {
  kept(() => sessionStorage.setItem('token', given));
  history.replaceState(null, '', `#${rest}`);
}

export const token = given ?? kept(() => sessionStorage.getItem('token')) ?? '';

// The address of a server that was started anew, put into the tab of the earlier one, changes no more than the
// fragment: the browser would keep the page, and the page its old token.
addEventListener('hashchange', (event) => {
  if (!withToken.test(location.hash)) return;
  event.stopImmediatePropagation();
  location.reload();
});

/** A browser may keep nothing. */
function kept<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
