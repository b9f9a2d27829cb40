/** The part of jstat that is used here; the package ships no types. */
declare module 'jstat' {
  interface Distribution {
    /** Probability of a value <= x. */
    cdf(x: number, degreesOfFreedom: number): number;
    /** The value below which the share `probability` lies. */
    inv(probability: number, degreesOfFreedom: number): number;
  }
  const jStat: {
    readonly studentt: Distribution;
    readonly normal: {
      inv(probability: number, mean: number, deviation: number): number;
      cdf(x: number, mean: number, deviation: number): number;
    };
  };
  export default jStat;
}
