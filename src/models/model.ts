/** Tensor types that are read; any other is refused by name. Blocks run along the last dimension. */
export type TensorType = 'F32' | 'F16' | 'BF16' | 'Q8_0' | 'Q4_0' | 'Q4_1';

/** A weight as it stands in its file, row-major. */
export interface Tensor {
  /** The Hugging Face name, for example `model.layers.0.self_attn.q_proj.weight`, whatever the file calls it. */
  readonly name: string;
  /** `[out, in]` for a linear layer, `[n]` for a norm. */
  readonly shape: readonly number[];
  readonly type: TensorType;
  /** Little-endian values or quantised blocks. Rows of Q and K stand in Hugging Face's order (rotate halves). */
  readonly bytes: Uint8Array;
}

/** The shape of a Llama-family decoder. */
export interface LlamaConfig {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  /** Longest context, in tokens. */
  readonly context: number;
  readonly ropeBase: number;
  /** `[headDim / 2]` divisors of the rotary frequencies (Llama 3's scaling), or null. */
  readonly ropeFactors: Float32Array | null;
  readonly normEpsilon: number;
  /** The vocabulary projection is the embedding. */
  readonly tiedHead: boolean;
}

export interface ModelFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Text to token ids and back. */
export interface Tokenizer {
  readonly size: number;
  /** As the tokenizer.json that Hugging Face's tokenizers read. */
  readonly json: unknown;
  /** Ids that end a turn. */
  readonly endTokens: readonly number[];
  /** Ids that raw text starts with, as the model was trained; a chat template writes its own. Often empty. */
  readonly startTokens: readonly number[];
  /** Special tokens written in the text become their ids; none is added. */
  encode(text: string): number[];
  /** The bytes a token stands for, which alone need not be valid UTF-8. Empty for special tokens. */
  bytesOf(token: number): Uint8Array;
  /** What to show for a token: its text, or a special token's name, such as `<|im_end|>`. */
  labelOf(token: number): string;
}

export interface ChatTurn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** An opened model: its weights can be read, nothing has been converted or loaded yet. */
export interface Model {
  /** What the user asked for: `default`, a path, or a hub id. */
  readonly id: string;
  /** For people: `SmolLM2-135M-Instruct Q4_1`. */
  readonly name: string;
  readonly architecture: 'llama';
  readonly config: LlamaConfig;
  readonly files: readonly ModelFile[];
  readonly tokenizer: Tokenizer;
  /** The conversation in the model's own format, with the opening of the assistant's turn. */
  renderChat(turns: readonly ChatTurn[]): string;
  /** Whether `renderChat` has a template; without one only raw text can be continued. */
  readonly hasChatTemplate: boolean;
  /** Reads one weight; an absent one is a `bad-file` error that names it. */
  tensor(name: string): Promise<Tensor>;
  close(): Promise<void>;
}

/** Told how far a long step is. `total` is null when it is not known. */
export type OnProgress = (progress: {
  readonly phase: 'download' | 'convert' | 'load';
  readonly message: string;
  readonly done: number;
  readonly total: number | null;
}) => void;
