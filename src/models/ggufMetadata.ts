import { UserError } from '../errors';
import { t } from '../l10n';

/** The key-value part of a GGUF file, read with a check of each value's type. Keys are named in the errors. */
export class GgufMetadata {
  constructor(
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly path: string,
  ) {}

  has(key: string): boolean {
    return this.values[key] !== undefined;
  }

  text(key: string): string | null {
    return this.read(key, t('a text'), (value) => (typeof value === 'string' ? value : undefined));
  }

  number(key: string): number | null {
    return this.read(key, t('one number'), (value) => {
      // 64-bit integers arrive as bigint.
      const number = typeof value === 'bigint' ? Number(value) : value;
      return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
    });
  }

  flag(key: string): boolean | null {
    return this.read(key, t('true or false'), (value) => (typeof value === 'boolean' ? value : undefined));
  }

  texts(key: string): readonly string[] | null {
    return this.read(key, t('a list of texts'), (value) =>
      Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined,
    );
  }

  numbers(key: string): readonly number[] | null {
    return this.read(key, t('a list of numbers'), (value) =>
      Array.isArray(value) && value.every((item) => typeof item === 'number') ? value : undefined,
    );
  }

  /** A count that the model cannot do without. */
  requiredSize(key: string): number {
    const value = this.number(key);
    if (value === null) throw this.problem(t('has no {0}', key));
    if (!Number.isSafeInteger(value) || value <= 0) throw this.problem(t('gives {0} for {1}', value, key));
    return value;
  }

  requiredNumber(key: string): number {
    const value = this.number(key);
    if (value === null) throw this.problem(t('has no {0}', key));
    return value;
  }

  private read<T>(key: string, expected: string, check: (value: unknown) => T | undefined): T | null {
    const value = this.values[key];
    if (value === undefined) return null;
    const checked = check(value);
    if (checked === undefined) throw this.problem(t('does not give {0} for {1}', expected, key));
    return checked;
  }

  private problem(what: string): UserError {
    return new UserError('bad-file', `${this.path} ${what}.`, t('Download or convert the model again.'));
  }
}
