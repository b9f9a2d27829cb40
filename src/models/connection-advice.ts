/** What a failed connection most likely means, by the code of the system, of TLS or of the parser of HTTP. */
const advice: readonly (readonly [RegExp, string])[] = [
  [/CERT_HAS_EXPIRED/, "the server's certificate has expired"],
  [/ERR_TLS_CERT_ALTNAME_INVALID/, "the server's certificate is of another name than the address"],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER|VERIFY)/,
    "the server's certificate is signed by none that Node.js trusts: NODE_EXTRA_CA_CERTS=FILE.pem adds an authority of your own",
  ],
  [
    /ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|wrong version number|packet length too long/,
    'the server speaks no TLS at this port: its address may begin with http://',
  ],
  [
    /HPE_INVALID_(?:CONSTANT|VERSION)/,
    'what answers at this port speaks no HTTP: its address may begin with https://, or be another',
  ],
  [/HPE_/, "the server's answer breaks the rules of HTTP: the fault is its own, or of a proxy before it"],
];

/** What to do about a failed connection, for the end of a line; empty where its words say all that is known. */
export function connectionAdvice(words: string): string {
  const found = advice.find(([code]) => code.test(words))?.[1];
  return found === undefined ? '' : ` (${found})`;
}
