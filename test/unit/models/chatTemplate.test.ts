import assert from 'node:assert/strict';
import { ChatTemplate } from '../../../src/models/chatTemplate';
import { userError } from '../../support/userError';

const SPECIALS = { bos: '<s>', eos: '</s>' };

describe('ChatTemplate', () => {
  it('opens the assistant’s turn and writes the special tokens', () => {
    const template = new ChatTemplate(
      `{{ bos_token }}{% for message in messages %}[{{ message['role'] }}] {{ message['content'] | trim }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}`,
      SPECIALS,
      'x.gguf',
    );
    const turns = [
      { role: 'user', content: ' hi ' },
      { role: 'assistant', content: 'yes' },
    ] as const;
    assert.equal(template.render(turns), '<s>[user] hi</s>[assistant] yes</s>[assistant]');
  });

  it('strips the line ends and indents of blocks, as Hugging Face does', () => {
    const template = new ChatTemplate(
      '{% for m in messages %}\n  {% if m.role == "user" %}\n{{ m.content }}\n  {% endif %}\n{% endfor %}',
      SPECIALS,
      'x.gguf',
    );
    assert.equal(template.render([{ role: 'user', content: 'hi' }]), 'hi\n');
  });

  it('knows tools and documents as absent', () => {
    const template = new ChatTemplate(
      '{% if tools is defined and tools %}tools{% elif documents %}documents{% else %}none{% endif %}',
      SPECIALS,
      'x.gguf',
    );
    assert.equal(template.render([]), 'none');
  });

  it('passes a refusal of the template on', () => {
    const template = new ChatTemplate("{{ raise_exception('Roles must alternate.') }}", SPECIALS, 'x.gguf');
    assert.throws(
      () => template.render([]),
      userError(
        'usage',
        'The chat template of x.gguf refuses this conversation: Roles must alternate. Change the order of its turns or continue raw text.',
      ),
    );
  });

  it('refuses what is not a template', () => {
    assert.throws(
      () => new ChatTemplate('{% for %}', SPECIALS, 'x.gguf'),
      userError(
        'bad-file',
        /^The chat template of x\.gguf is not a valid template: .+\. Continue raw text instead\.$/,
      ),
    );
  });
});
