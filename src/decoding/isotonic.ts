/**
 * The rising sequence nearest to the values by weighted squares (pool adjacent violators): runs that fall become
 * their mean.
 *
 * @param weights one a value; equal where they are left out
 */
export function isotonic(values: readonly number[], weights?: readonly number[]): number[] {
  const runs: { mean: number; weight: number; length: number }[] = [];
  values.forEach((value, i) => {
    let run = { mean: value, weight: weights?.[i] ?? 1, length: 1 };
    for (let last = runs.at(-1); last !== undefined && last.mean > run.mean; last = runs.at(-1)) {
      const weight = last.weight + run.weight;
      run = {
        mean: (last.mean * last.weight + run.mean * run.weight) / weight,
        weight,
        length: last.length + run.length,
      };
      runs.pop();
    }
    runs.push(run);
  });
  return runs.flatMap(({ mean, length }) => new Array<number>(length).fill(mean));
}
