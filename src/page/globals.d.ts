/** Put in by build-page.mjs. */
declare const __MIXTUNE_VERSION__: string;

declare module '*.css';
