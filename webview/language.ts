import { z } from 'zod';
import { speak } from '../src/l10n';

/**
 * The texts that the page came with, taken before any part of the view says something: whoever begins the view
 * imports this first.
 */
const texts = document.getElementById('texts')?.textContent ?? '';

if (texts !== '') {
  speak(z.record(z.string(), z.string()).parse(JSON.parse(texts)), document.documentElement.lang);
}
