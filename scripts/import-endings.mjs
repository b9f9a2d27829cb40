/** Compiled text with `.js` where tsc leaves `.ts`: it forgets imports inside an `export default` expression. */
export const withJsEndings = (text) => text.replaceAll(/(import\(['"]\.[^'"]*)\.ts(['"]\))/g, '$1.js$2');
