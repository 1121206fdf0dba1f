/**
 * What went wrong, in the user's terms. The code tells the CLI its exit code and the editor its button;
 * the message is one sentence that names the file or setting, and the hint is the next step.
 */
export type ErrorCode =
  | 'usage' // a setting or option is wrong
  | 'bad-file' // a file is missing, truncated, corrupt or of another kind
  | 'unsupported' // a model architecture or weight type that this version does not run
  | 'network' // a download failed
  | 'disk' // no space, no permission
  | 'cancelled'
  | 'engine'; // the engine process died or the runtime refused

/** An error whose message a user can act on; every other error is a defect of ours. */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint = '',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The message and its next step as one line. */
  get sentence(): string {
    return this.hint === '' ? this.message : `${this.message} ${this.hint}`;
  }
}

/** The text to show for anything that was thrown: never a stack trace. */
export function sentenceOf(error: unknown): string {
  if (error instanceof UserError) return error.sentence;
  // The runtime's own messages may go on for lines; the first one says what it is.
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
}

/** How V8, the C++ library and ONNX Runtime say that memory ran out. */
const OUT_OF_MEMORY =
  /bad_alloc|out of memory|cannot allocate memory|failed to allocate|allocation failed|invalid typed array length/i;

/** Whether a text, such as an error's, tells that memory ran out. */
export function tellsOutOfMemory(text: string): boolean {
  return OUT_OF_MEMORY.test(text);
}
