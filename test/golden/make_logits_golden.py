"""Writes logits.json: what transformers computes in fp32 on the default model's dequantised weights.

For the first two questions of each task in bench/spec_bench_dev.jsonl that have a short prompt (retrieval has none),
transformers answers greedily; then one forward
over the whole text gives, for every position of the answer, the most probable token, the gap to the next one,
the log of the sum of exponentials, and the logits of the 8 most probable and of 16 random tokens.

    pip install torch==2.13.0 transformers==5.23.0 accelerate gguf
    python test/golden/make_logits_golden.py path/to/SmolLM2-135M-Instruct.Q4_1.gguf
"""

import json
import pathlib
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = pathlib.Path(__file__).parent
QUESTIONS = HERE.parent.parent / "bench" / "spec_bench_dev.jsonl"
QUESTIONS_PER_TASK = 2
LONGEST_PROMPT = 400
ANSWER_TOKENS = 80
TOP, RANDOM = 8, 16


def questions(tokenizer):
    """The first questions of each task whose prompt is short enough for a quick test, as token ids."""
    chosen = {}
    for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        turn = [{"role": "user", "content": question["turns"][0]}]
        ids = tokenizer.apply_chat_template(turn, add_generation_prompt=True, return_dict=True)["input_ids"]
        of_task = chosen.setdefault(question["task"], [])
        if len(of_task) < QUESTIONS_PER_TASK and len(ids) <= LONGEST_PROMPT:
            of_task.append((question["question_id"], ids))
    return [question for of_task in chosen.values() for question in of_task]


def main(gguf):
    folder, name = str(gguf.parent), gguf.name
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32).eval()
    generator = torch.Generator().manual_seed(1)
    texts = []
    with torch.inference_mode():
        for question_id, prompt in questions(tokenizer):
            whole = model.generate(
                torch.tensor([prompt]), max_new_tokens=ANSWER_TOKENS, do_sample=False, repetition_penalty=1.0
            )
            # Row i predicts token i + 1: the rows that predict the answer.
            logits = model(whole).logits[0, len(prompt) - 1 : -1]
            top = logits.topk(TOP).indices
            others = torch.randint(logits.shape[1], (len(logits), RANDOM), generator=generator)
            tokens = torch.cat([top, others], dim=1)
            best = logits.topk(2).values
            texts.append(
                {
                    "question": question_id,
                    "prompt": prompt,
                    "answer": whole[0, len(prompt) :].tolist(),
                    "gap": [round(x, 5) for x in (best[:, 0] - best[:, 1]).tolist()],
                    "log_sum_exp": [round(x, 5) for x in logits.logsumexp(1).tolist()],
                    "token": tokens.tolist(),
                    "logit": [[round(x, 5) for x in row] for row in logits.gather(1, tokens).tolist()],
                }
            )
            print(question_id, len(prompt), len(texts[-1]["answer"]), file=sys.stderr)
    golden = {
        "made_by": f"transformers {transformers.__version__}, torch {torch.__version__}, fp32",
        "model": name,
        "texts": texts,
    }
    (HERE / "logits.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
