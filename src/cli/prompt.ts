import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../errors';
import { chatMessageSchema, type GenerationInput } from '../protocol/engine';
import { readFault } from '../trace/files';
import type { Io } from './io';
import { listed } from './values';

/** Where the prompt comes from, as the options say. A file named `-` is the standard input. */
export interface PromptOptions {
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly chat?: string;
  readonly raw: boolean;
}

/**
 * Reads what is to be continued.
 *
 * @throws UserError `usage` for options that do not fit together and an empty prompt, `bad-file` for a file
 * that cannot be read or is no conversation
 */
export async function readPrompt(options: PromptOptions, io: Io): Promise<GenerationInput> {
  const { prompt, promptFile, chat, raw } = options;
  const given = [
    ...(prompt === undefined ? [] : ['--prompt']),
    ...(promptFile === undefined ? [] : ['--prompt-file']),
    ...(chat === undefined ? [] : ['--chat']),
  ];
  if (given.length !== 1) {
    const found = given.length === 0 ? 'none of them is there' : `${given.join(' and ')} are there`;
    throw new UserError('usage', `Give one of ${listed(['--prompt', '--prompt-file', '--chat'])}: ${found}.`);
  }
  if (chat !== undefined) {
    if (raw) throw new UserError('usage', '--raw cannot be used with --chat, which needs the chat template.');
    return { kind: 'chat', messages: parseChat(await readText(chat, io), nameOf(chat)) };
  }
  const text = prompt ?? (await readText(promptFile ?? '-', io));
  // White space is a text to continue, but not a question.
  if (raw ? text === '' : text.trim() === '') {
    throw new UserError('usage', `The prompt (${given[0]}) is empty.`, 'Give some text to continue.');
  }
  return { kind: raw ? 'raw' : 'prompt', text };
}

const messages = z.array(chatMessageSchema).min(1);
const chatFile = z.union([messages, z.object({ messages }).transform((file) => file.messages)]);

function parseChat(text: string, name: string): z.infer<typeof messages> {
  const hint =
    'Write a list of messages, [{"role": "user", "content": "..."}], with the roles system, user and assistant.';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError('bad-file', `${name} is not JSON.`, hint, { cause: error });
  }
  const parsed = chatFile.safeParse(value);
  if (!parsed.success) throw new UserError('bad-file', `${name} is not a conversation.`, hint);
  return parsed.data;
}

async function readText(file: string, io: Io): Promise<string> {
  const bytes = file === '-' ? await io.readStdin() : await readBytes(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UserError('bad-file', `${nameOf(file)} is not UTF-8 text.`, 'Save it as UTF-8.', {
      cause: error,
    });
  }
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw readFault(file, error);
  }
}

function nameOf(file: string): string {
  return file === '-' ? 'The standard input' : file;
}
