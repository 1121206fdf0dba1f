/** The rising sequence nearest to the values by squares (pool adjacent violators): runs that fall become their mean. */
export function isotonic(values: readonly number[]): number[] {
  const runs: { mean: number; length: number }[] = [];
  for (const value of values) {
    let run = { mean: value, length: 1 };
    for (let last = runs.at(-1); last !== undefined && last.mean > run.mean; last = runs.at(-1)) {
      const length = last.length + run.length;
      run = { mean: (last.mean * last.length + run.mean * run.length) / length, length };
      runs.pop();
    }
    runs.push(run);
  }
  return runs.flatMap(({ mean, length }) => new Array<number>(length).fill(mean));
}
