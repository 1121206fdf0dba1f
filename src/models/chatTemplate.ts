import { Template } from '@huggingface/jinja';
import { UserError } from '../errors';
import { t } from '../l10n';
import { messageOf } from './fileErrors';
import type { ChatTurn } from './model';

/** The texts of the tokens that templates write; empty where the model has none. */
export interface TemplateSpecials {
  readonly bos: string;
  readonly eos: string;
}

/** A model's own format of a conversation: a Jinja template, rendered as Hugging Face renders it. */
export class ChatTemplate {
  private readonly template: Template;

  /**
   * @param source file or folder that the template comes from, for errors
   * @throws UserError `bad-file` when it is not a template
   */
  constructor(
    text: string,
    private readonly specials: TemplateSpecials,
    private readonly source: string,
  ) {
    try {
      this.template = new Template(text);
    } catch (error) {
      throw new UserError(
        'bad-file',
        t('The chat template of {0} is not a valid template: {1}.', source, messageOf(error)),
        t('Continue raw text instead.'),
        { cause: error },
      );
    }
  }

  /**
   * The conversation as text, with the opening of the assistant's turn.
   *
   * @throws UserError `usage` when the template refuses the conversation
   */
  render(turns: readonly ChatTurn[]): string {
    try {
      return this.template.render({
        messages: turns.map(({ role, content }) => ({ role, content })),
        add_generation_prompt: true,
        bos_token: this.specials.bos,
        eos_token: this.specials.eos,
        tools: null,
        documents: null,
      });
    } catch (error) {
      throw new UserError(
        'usage',
        t('The chat template of {0} refuses this conversation: {1}.', this.source, messageOf(error)),
        t('Change the order of its turns or continue raw text.'),
        { cause: error },
      );
    }
  }
}
