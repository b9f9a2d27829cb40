/** Calls a function of a user, which may throw or, where it is async, reject: either goes to `onFailure`, and nowhere else. */
export function callBack(call: () => unknown, onFailure: (error: unknown) => void): void {
  try {
    Promise.resolve(call()).catch(onFailure);
  } catch (error) {
    onFailure(error);
  }
}
