/**
 * An orthogonal change of basis after which the channels of `large` come last, as they were, and the energy of all others
 * is spread evenly: random signs, a Hadamard transform over the largest power of two in their number, and a cosine
 * transform over what is left. A model whose residual stream is turned by it, and whose weights are turned alike, computes
 * what it computed before (QuaRot: Ashkboos et al., 2024).
 */
export class Rotation {
  private readonly small: readonly number[];
  private readonly signs: Float32Array;
  private readonly power: number;
  /** `[rest, rest]` rows of the orthonormal cosine transform. */
  private readonly cosines: Float32Array;
  private readonly rest: number;
  private readonly turned: Float64Array;
  private readonly row: Float64Array;

  constructor(
    readonly size: number,
    private readonly large: readonly number[],
  ) {
    this.small = Array.from({ length: size }, (_, channel) => channel).filter(
      (channel) => !large.includes(channel),
    );
    const count = this.small.length;
    this.power = 1;
    while (count % (2 * this.power) === 0) this.power *= 2;
    this.rest = count / this.power;
    this.signs = randomSigns(count);
    this.cosines = cosineTransform(this.rest);
    this.turned = new Float64Array(count);
    this.row = new Float64Array(this.rest);
  }

  /** Turns `values[at .. at + size]` in place. */
  turn(values: Float32Array, at = 0): void {
    const { small, large, power, rest, signs, cosines, turned, row } = this;
    const count = small.length;
    for (let i = 0; i < count; i++) turned[i] = signs[i] * values[at + small[i]];
    const last = large.map((channel) => values[at + channel]);
    // Entry (p, r) of the [power, rest] matrix lies at p * rest + r.
    for (let half = rest; half < count; half *= 2) {
      for (let start = 0; start < count; start += 2 * half) {
        for (let i = start; i < start + half; i++) {
          const a = turned[i];
          const b = turned[i + half];
          turned[i] = a + b;
          turned[i + half] = a - b;
        }
      }
    }
    const scale = 1 / Math.sqrt(power);
    for (let start = 0; start < count; start += rest) {
      for (let r = 0; r < rest; r++) row[r] = turned[start + r] * scale;
      for (let to = 0; to < rest; to++) {
        let sum = 0;
        for (let r = 0; r < rest; r++) sum += row[r] * cosines[to * rest + r];
        values[at + start + to] = sum;
      }
    }
    values.set(last, at + count);
  }

  /** `[size, size]` the matrix R with which a row vector x turns into x R. */
  matrix(): Float32Array {
    const { size } = this;
    const matrix = new Float32Array(size * size);
    for (let row = 0; row < size; row++) {
      matrix[row * size + row] = 1;
      this.turn(matrix, row * size);
    }
    return matrix;
  }
}

/** Signs from a fixed generator (xorshift, Marsaglia 2003): a model is always converted alike. */
function randomSigns(count: number): Float32Array {
  let state = 0x9e3779b9;
  return Float32Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state < 0 ? -1 : 1;
  });
}

function cosineTransform(size: number): Float32Array {
  const matrix = new Float32Array(size * size);
  for (let row = 0; row < size; row++) {
    const scale = Math.sqrt((row === 0 ? 1 : 2) / size);
    for (let column = 0; column < size; column++) {
      matrix[row * size + column] = scale * Math.cos((Math.PI * (2 * column + 1) * row) / (2 * size));
    }
  }
  return matrix;
}
