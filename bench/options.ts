import { Option } from 'commander';
import path from 'node:path';
import { UserError } from '../src/errors';

/** The repository: this file is bundled into `dist/`. */
export const root = path.resolve(__dirname, '..');

/** What benchmarks install and build for themselves: never committed, safe to delete. */
export const peersFolder = path.join(root, '.tools', 'peers');

/** A whole number of at least 1. */
export function count(flag: string, fallback: number, description: string): Option {
  return new Option(`${flag} <n>`, description).default(fallback).argParser((text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1) return value;
    throw new UserError(
      'usage',
      `${flag} must be a whole number of at least 1, not "${text}".`,
      `Change ${flag}.`,
    );
  });
}

/** A comma-separated choice among `known`; without the option, all of them. */
export function choice(flag: string, known: readonly string[], description: string): Option {
  return new Option(`${flag} <list>`, description)
    .default(known, 'all')
    .argParser((text) => chosen(flag, known, text));
}

/** @throws UserError `usage` that names what there is */
export function chosen(flag: string, known: readonly string[], text: string): string[] {
  const wanted = text.split(',').map((part) => part.trim());
  const unknown = wanted.find((part) => !known.includes(part));
  if (unknown === undefined) return wanted;
  throw new UserError('usage', `${flag} knows no "${unknown}".`, `Choose of: ${known.join(', ')}.`);
}

export const out = (): Option => new Option('--out <file>', 'keep results here, and go on from them');

export const noPeers = (): Option => new Option('--no-peers', 'without llama.cpp and transformers.js');
