/** The kinds of numbers that a column can hold. */
type ColumnType =
  | Float64ArrayConstructor
  | Float32ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor
  | Uint8ArrayConstructor;

/** A table's columns by name. */
export type ColumnTypes = Readonly<Record<string, ColumnType>>;

type ColumnsOf<T extends ColumnTypes> = { [K in keyof T]: InstanceType<T[K]> };

/**
 * A table as one typed array a column, which grows at its end. Rows travel as one ArrayBuffer: column after
 * column, those with the widest numbers first, so that each is aligned without padding. Numbers are in the
 * machine's byte order: both ends of a message run on one machine.
 */
export class Columns<T extends ColumnTypes> {
  /** Each at least `length` long. Growing replaces them: do not keep one. */
  readonly column: ColumnsOf<T>;
  private rows = 0;
  private room = 0;
  private readonly names: readonly (keyof T & string)[];

  constructor(private readonly types: T) {
    this.names = Object.keys(types).sort((a, b) => types[b].BYTES_PER_ELEMENT - types[a].BYTES_PER_ELEMENT);
    this.column = Object.fromEntries(
      this.names.map((name) => [name, new types[name](0)]),
    ) as unknown as ColumnsOf<T>;
  }

  get length(): number {
    return this.rows;
  }

  /** Bytes of one row. */
  get rowBytes(): number {
    return this.names.reduce((sum, name) => sum + this.types[name].BYTES_PER_ELEMENT, 0);
  }

  /** Bytes that are held, room to grow included. */
  get heldBytes(): number {
    return this.room * this.rowBytes;
  }

  push(row: Readonly<Record<keyof T, number>>): void {
    this.reserve(this.rows + 1);
    for (const name of this.names) this.column[name][this.rows] = row[name];
    this.rows += 1;
  }

  /** Rows `[first, last)` as one buffer of their own. */
  encode(first: number, last: number): ArrayBuffer {
    const count = last - first;
    const buffer = new ArrayBuffer(count * this.rowBytes);
    let at = 0;
    for (const name of this.names) {
      const type = this.types[name];
      new type(buffer, at, count).set(this.column[name].subarray(first, last));
      at += count * type.BYTES_PER_ELEMENT;
    }
    return buffer;
  }

  /** Whether a buffer is as long as `encode` makes it for so many rows. */
  fits(buffer: ArrayBuffer, count: number): boolean {
    return buffer.byteLength === count * this.rowBytes;
  }

  /**
   * Adds the rows of a buffer that `fits`.
   *
   * @param skip rows at its start to leave out
   */
  append(buffer: ArrayBuffer, count: number, skip = 0): void {
    this.reserve(this.rows + count - skip);
    let at = 0;
    for (const name of this.names) {
      const type = this.types[name];
      this.column[name].set(new type(buffer, at, count).subarray(skip), this.rows);
      at += count * type.BYTES_PER_ELEMENT;
    }
    this.rows += count - skip;
  }

  private reserve(rows: number): void {
    if (rows <= this.room) return;
    // A quarter more each time: copying stays linear in all, and little room is left unused.
    const room = Math.max(rows, Math.ceil(this.room * 1.25), 16);
    const grown = this.column as Record<string, ColumnsOf<T>[keyof T]>;
    for (const name of this.names) {
      const wider = new this.types[name](room);
      wider.set(this.column[name].subarray(0, this.rows));
      grown[name] = wider as ColumnsOf<T>[keyof T];
    }
    this.room = room;
  }
}
