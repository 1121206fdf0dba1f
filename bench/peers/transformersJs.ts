import path from 'node:path';
import { importFrom } from './package';
import type { Decoded, LoadedPeer, PeerSetup } from './protocol';

/** What is used here of transformers.js' interface. */
interface TransformersJs {
  env: { allowRemoteModels: boolean; localModelPath: string };
  Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => unknown;
  AutoModelForCausalLM: {
    from_pretrained(
      name: string,
      options: { local_files_only: true; device: 'cpu'; dtype: 'q4'; session_options: object },
    ): Promise<{ generate(options: object): Promise<unknown> }>;
  };
}

/** transformers.js, with the model folder that `transformersModel.ts` writes. */
export async function loadTransformersJs({ packages, model, threads }: PeerSetup): Promise<LoadedPeer> {
  const library = await importFrom<TransformersJs>(packages, '@huggingface/transformers');
  library.env.allowRemoteModels = false;
  library.env.localModelPath = path.dirname(model);
  const loaded = await library.AutoModelForCausalLM.from_pretrained(path.basename(model), {
    local_files_only: true,
    device: 'cpu',
    dtype: 'q4',
    session_options: {
      intraOpNumThreads: threads,
      // As in our own session: its threads must not spin on while another contestant is measured.
      extra: { session: { force_spinning_stop: '1' } },
    },
  });
  const integers = (values: readonly number[]): unknown =>
    new library.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  return {
    /** Its own loop, `generate`, told of every token by a streamer. */
    async decode(prompt, count): Promise<Decoded> {
      const tokens: number[] = [];
      let first = 0;
      let last = 0;
      let isPrompt = true;
      const streamer = {
        put(batch: readonly (readonly bigint[])[]): void {
          if (isPrompt) {
            isPrompt = false;
            return;
          }
          tokens.push(...batch[0].map(Number));
          last = performance.now();
          if (tokens.length === 1) first = last;
        },
        end: () => undefined,
      };
      await loaded.generate({
        input_ids: integers(prompt),
        attention_mask: integers(prompt.map(() => 1)),
        max_new_tokens: count,
        do_sample: false,
        streamer,
      });
      return { tokens, us: (last - first) * 1000 };
    },
  };
}
