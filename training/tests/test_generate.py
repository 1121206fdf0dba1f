import json
import random
import shutil

import pytest
from conftest import QUESTION

from draft_heads import generate as module
from draft_heads.errors import UserError
from draft_heads.generate import generate, read_shard, shard_file, shard_files
from draft_heads.overlap import Questions
from draft_heads.prompts import ASSISTANT, FORCED, KINDS, USER, Document, Sample, Write, script

CHAT = {"open": "<o>", "answer": "<a>", "next": "<n>"}


def shards(folder):
    return {file.name: file.read_bytes() for file in shard_files(folder)}


def test_the_same_seed_writes_the_same_text_however_it_is_written(written, questions, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 5)
    generate(written.target, tmp_path, 8_000, 1, questions, part=(1, 2))
    found = shards(tmp_path)
    assert found and all(written.text.joinpath(name).read_bytes() == content for name, content in found.items())


def test_only_what_is_missing_is_written(written, questions, tmp_path, monkeypatch):
    # One conversation after another, so that shards are done in order.
    monkeypatch.setattr(module, "BATCH", 1)
    generate(written.target, tmp_path, 8_000, 1, questions)
    before = shards(tmp_path)
    shard_file(tmp_path, 0).unlink()
    generate(written.target, tmp_path, 8_000, 1, questions)
    assert shards(tmp_path) == before


def test_text_of_the_same_target_and_seed_is_taken_over(written, questions, tmp_path):
    whole = shards(written.text)
    given = tmp_path / "given"
    shutil.copytree(written.text, given / "same")
    other = given / "other"
    other.mkdir()
    settings = json.loads((written.text / "settings.json").read_text())
    (other / "settings.json").write_text(json.dumps({**settings, "seed": 2}))
    (other / "text-99999.npz").write_bytes(b"of another seed")
    own = shard_file(tmp_path / "text", 0)
    own.parent.mkdir()
    own.write_bytes(whole[own.name])
    generate(written.target, own.parent, 30_000, 1, questions, given=given)
    assert shards(own.parent) == whole


def test_a_folder_of_another_seed_is_refused(written, questions):
    with pytest.raises(UserError, match="started with seed 1, not 2"):
        generate(written.target, written.text, 1, 2, questions)


def test_documents_hold_who_wrote_what(written):
    tokenizer = written.target.tokenizer
    for file in shard_files(written.text):
        for tokens, roles in read_shard(file):
            assert len(tokens) == len(roles) and ASSISTANT in roles
            assert tokenizer.decode(tokens[roles == FORCED], skip_special_tokens=False).startswith("<|user|>")
            # An end token is written once: by the target, or by the template where a turn was asked for as it stands.
            assert not ((tokens[:-1] == 0) & (tokens[1:] == 0) & (roles[1:] == FORCED)).any()


def test_a_damaged_shard_is_named(tmp_path):
    file = shard_file(tmp_path, 0)
    file.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(UserError, match=r"text-00000.npz is damaged"):
        read_shard(file)


@pytest.mark.parametrize("kind", KINDS)
def test_scripts_ask_for_an_answer_and_quote_what_was_written(kind):
    for seed in range(20):
        steps, written, said, texts = KINDS[kind][1](random.Random(seed), CHAT), [""], None, []
        while True:
            try:
                step = steps.send(said)
            except StopIteration:
                break
            said = None
            match step:
                case Write(text):
                    written[-1] += text
                case Sample(role, temperature, limit):
                    assert role in (USER, ASSISTANT) and temperature >= 0 and limit > 0
                    said = f" words number {len(texts)}"
                    texts.append(said)
                    written[-1] += said
                case Document():
                    written.append("")
        assert all(text.startswith("<o>") and "<a>" in text for text in written)
        if len(written) > 1:
            assert all(text in written[-1] for text in texts[: len(written) - 1])


def test_all_kinds_come():
    kinds = {script(random.Random(seed), CHAT)[0] for seed in range(500)}
    assert kinds == set(KINDS)


def test_near_duplicates_of_a_question_are_known(questions):
    known = Questions(questions)
    assert known.overlap("He asked: where did the SEVEN old sailors leave their boats, then?")
    assert known.overlap("where did the seven old sailors leave their shoes")
    assert not known.overlap("the seven old sailors leave their boats here")
    assert not known.overlap("")


def test_near_duplicates_are_dropped(written, tmp_path):
    tokens, _ = read_shard(shard_files(written.text)[0])[0]
    shard = {0: [module.Text("kind", list(tokens), [ASSISTANT] * len(tokens))]}
    asked = written.target.tokenizer.encode("so where did the seven old sailors leave their boats").ids
    shard[1] = [module.Text("kind", asked, [USER] * len(asked))]
    file = tmp_path / "questions.jsonl"
    file.write_text(QUESTION)
    assert module.write_shard(tmp_path, 0, shard, written.target, Questions(file)) == 1
    assert [list(found) for found, _ in read_shard(shard_file(tmp_path, 0))] == [list(tokens)]


def test_questions_that_are_none_are_refused(tmp_path):
    file = tmp_path / "questions.jsonl"
    file.write_text("{}\n")
    with pytest.raises(UserError, match="not a file of questions"):
        Questions(file)
