import pytest
import torch

from draft_heads.data import Data, collate, draft_vocabulary
from draft_heads.heads import HEADS
from draft_heads.heads.head import Inputs
from draft_heads.layers import rotate
from draft_heads.train import HIT_RANKS, Settings, Teacher, hit_rates, open_run, step_losses


@pytest.fixture(scope="module")
def data(written):
    return Data(written.text)


@pytest.fixture(scope="module")
def teacher(written, data):
    counts = data.counts(written.target.config.vocabulary)
    return Teacher(written.target, draft_vocabulary(counts, 0.9))


def shaken(head):
    """`head` away from its start, where much of it is silent."""
    torch.manual_seed(3)
    for parameter in head.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.05)
    return head


@pytest.mark.parametrize("name", [name for name in HEADS if name != "draft-model"])
def test_a_head_starts_by_handing_on_the_targets_state(name, written, data, teacher):
    inputs = teacher.inputs(collate(data.training[:1]))
    head = HEADS[name](written.target)
    length = inputs.tokens.shape[1]
    for k, output in enumerate(head(inputs)):
        # Where all tokens that a level reads are there. Small noise at the start is part of some heads.
        known = slice(0, length - 1 - k)
        close = torch.nn.functional.cosine_similarity(output[:, known], inputs.normed[:, known], dim=-1)
        assert close.mean() > 0.9, f"level {k}"


@pytest.mark.parametrize("name", HEADS)
def test_a_level_knows_the_tokens_before_its_guess_and_no_later_one(name, written, data, teacher):
    batch = collate(data.training[:1])
    head = shaken(HEADS[name](written.target))
    inputs = teacher.inputs(batch)
    at = 5
    before = head(inputs)
    for k in range(head.levels):
        # Other text from the guessed token on, and other states where the target has not been yet.
        embeddings, states, normed = inputs.embeddings.clone(), inputs.states.clone(), inputs.normed.clone()
        embeddings[:, at + 2 + k :] += 1
        for rows in (states, normed):
            rows[:, at + 1 :] += 1
        after = head(Inputs(states, normed, embeddings, batch.tokens))
        torch.testing.assert_close(after[k][:, at], before[k][:, at])
        # The token before the guess is read, but for Medusa, which is blind to it.
        embeddings[:, at + 1 + k] += 1
        changed = head(Inputs(states, normed, embeddings, batch.tokens))[k][:, at]
        assert torch.equal(changed, before[k][:, at]) == (name == "medusa")


def test_eagle_reads_its_own_guesses_as_one_that_decodes_does(written, data, teacher):
    """Level by level with a growing list of rows, as at run time, from every position of a text."""
    head = shaken(HEADS["eagle"](written.target))
    inputs = teacher.inputs(collate([min(data.training, key=lambda text: len(text.tokens))]))
    together = head(inputs)
    layer, c = head.layers[0], head.config
    length = inputs.tokens.shape[1]

    def guess(rows):
        """The output of the last of `rows` [n, hidden], which stand at positions 0, 1, ..."""
        cos, sin = head.positions(len(rows))

        def heads(name, count):
            return layer.self_attn[name](rows).view(len(rows), count, c.head_dim).transpose(0, 1)

        group = c.heads // c.kv_heads
        query = rotate(heads("q_proj", c.heads), cos, sin)[:, -1:]
        keys = rotate(heads("k_proj", c.kv_heads), cos, sin).repeat_interleave(group, dim=0)
        values = heads("v_proj", c.kv_heads).repeat_interleave(group, dim=0)
        attended = (query @ keys.transpose(1, 2) / c.head_dim**0.5).softmax(-1) @ values
        x = rows[-1] + layer.self_attn["o_proj"](attended.flatten())
        normed = layer.post_attention_layernorm(x)
        gated = torch.nn.functional.silu(layer.mlp["gate_proj"](normed)) * layer.mlp["up_proj"](normed)
        return x + layer.mlp["down_proj"](gated)

    for at in range(length - head.levels - 1):
        read = torch.cat((inputs.embeddings[0, 1 : at + 2], inputs.normed[0, : at + 1]), dim=-1)
        rows = head.fc(read)
        for k in range(head.levels):
            state = guess(rows)
            torch.testing.assert_close(together[k][0, at], state, atol=1e-4, rtol=1e-4)
            following = inputs.embeddings[0, at + 2 + k]
            rows = torch.cat((rows, head.fc(torch.cat((following, state)))[None]))


@pytest.mark.parametrize("name", HEADS)
def test_losses_are_those_of_every_position_added_up(name, written, data, teacher):
    head = shaken(HEADS[name](written.target))
    batch = collate(data.training[:3])
    # No generator reaches the head, so that EAGLE adds no noise; all positions are chosen.
    inputs = teacher.inputs(batch)
    outputs, weights = head(inputs), head.loss
    found = step_losses(lambda _: outputs, teacher, batch, 10**6, torch.Generator(), weights)
    for k, output in enumerate(outputs):
        features, tokens = [], []
        for row in range(len(batch.tokens)):
            for at in range(batch.tokens.shape[1] - 2 - k):
                if batch.wanted[row, at + 2 + k]:
                    goal = inputs.normed[row, at + 1 + k]
                    gap = (output[row, at] - goal).abs()
                    features.append(torch.where(gap < 1, gap * gap / 2, gap - 0.5).mean())
                    law = (teacher.projection @ goal).softmax(0)
                    tokens.append(-(law * (teacher.projection @ output[row, at]).log_softmax(0)).sum())
        expected = {f"token.{k}": weights.token * weights.decay**k * torch.stack(tokens).mean()}
        if weights.feature:
            expected[f"feature.{k}"] = weights.feature * weights.decay**k * torch.stack(features).mean()
        for part, value in expected.items():
            torch.testing.assert_close(found.pop(part), value, atol=1e-4, rtol=1e-4)
    assert not found


@pytest.mark.parametrize("name", ["hydra", "eagle"])
def test_hit_rates_are_those_of_a_walk_along_each_text(name, written, data, teacher, tmp_path):
    run = open_run(written.target, written.text, tmp_path, Settings(name, 1, 1, 1e-3, 2048, 64, 0.9, 1, "fp32"))
    head = shaken(run.head)
    found_tries, found_rates = hit_rates(run)
    tries, hits = [0] * head.levels, [[0] * HIT_RANKS for _ in range(head.levels)]
    for text in data.validation:
        inputs = teacher.inputs(collate([text]))
        best = written.target.logits(inputs.states)[0].argmax(-1)
        outputs = head(inputs)
        for at in range(len(text.tokens)):
            for k in range(head.levels):
                if at + 2 + k >= len(text.tokens) or not text.wanted[at + 2 + k]:
                    break
                ranked = teacher.vocabulary[(teacher.projection @ outputs[k][0, at]).topk(HIT_RANKS).indices]
                tries[k] += 1
                for rank in range(HIT_RANKS):
                    hits[k][rank] += int(best[at + 1 + k] in ranked[: rank + 1])
                if not ranked[0] == best[at + 1 + k] == text.tokens[at + 2 + k]:
                    break
    assert found_tries == tries
    for k in range(head.levels):
        assert found_rates[k] == pytest.approx([hit / max(1, tries[k]) for hit in hits[k]])
