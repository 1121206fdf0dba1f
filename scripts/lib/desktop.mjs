// A desktop VS Code on this machine, if there is one.
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** The `code` command, or undefined. VS Code refuses to run as root without being told twice. */
export function codeCommand() {
  if (process.getuid?.() === 0) return undefined;
  const name = process.platform === 'win32' ? 'code.cmd' : 'code';
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
}

/**
 * The program that @vscode/test-electron can start: the one that DRAFTSCOPE_VSCODE names, or the one that
 * the `code` command belongs to, where there is a screen to show it on.
 */
export function desktopProgram() {
  if (process.env.DRAFTSCOPE_VSCODE !== undefined) return process.env.DRAFTSCOPE_VSCODE;
  const command = codeCommand();
  if (command === undefined) return undefined;
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return undefined;
  const bin = path.dirname(realpathSync(command));
  const program = {
    darwin: path.join(bin, '../../../MacOS/Electron'),
    win32: path.join(bin, '../Code.exe'),
  }[process.platform];
  const found = path.resolve(program ?? path.join(bin, '../code'));
  return existsSync(found) ? found : undefined;
}
