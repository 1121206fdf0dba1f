/** Bytes of tokens in, whole characters out: what is not yet a whole character is held back. */
export class Utf8Stream {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  /** The characters that `bytes` complete. Bytes that can never become one are shown as U+FFFD. */
  push(bytes: Uint8Array): string {
    return this.decoder.decode(bytes, { stream: true });
  }

  /** What was held back, as U+FFFD: the end of the text. The stream can be used again afterwards. */
  flush(): string {
    return this.decoder.decode();
  }
}
