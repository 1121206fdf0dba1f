// A Vulkan driver in software, SwiftShader as Chromium brings it: the GPU path is tested where there is no GPU.
import { existsSync, readFileSync } from 'node:fs';
import { Obstacle, run, say, step } from './steps.mjs';

/** The loader that ONNX Runtime opens, and the driver's description. */
const PACKAGES = ['chromium-common', 'libvulkan1'];
const DRIVERS = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/opt/google/chrome/vk_swiftshader_icd.json'];

/** Finds the driver, or installs it as root on Debian. @returns the path of its description. */
export async function vulkan() {
  const found = await find();
  if (found !== undefined) {
    say(`• Vulkan driver for the tests … ${found}`);
    return found;
  }
  const command = `apt-get install --no-install-recommends ${PACKAGES.join(' ')}`;
  const isDebian =
    existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  if (!isDebian || process.getuid() !== 0) {
    throw new Obstacle(
      `The GPU tests need the Vulkan loader and SwiftShader. On Debian install them with\n\n  sudo ${command}\n\n` +
        'elsewhere let DRAFTSCOPE_VULKAN_ICD name a driver (vk_swiftshader_icd.json of a Chromium), and try again.',
    );
  }
  await step('Installing SwiftShader for the GPU tests', async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update'], { env });
    await run('apt-get', ['install', '-y', '--no-install-recommends', ...PACKAGES], { env });
  });
  const installed = await find();
  if (installed !== undefined) return installed;
  throw new Obstacle('The Vulkan driver was installed, but is not found. Let DRAFTSCOPE_VULKAN_ICD name it.');
}

async function find() {
  const chosen = process.env.DRAFTSCOPE_VULKAN_ICD;
  if (chosen !== undefined && !existsSync(chosen)) {
    throw new Obstacle(`DRAFTSCOPE_VULKAN_ICD names ${chosen}, which does not exist.`);
  }
  const loaded = await run('ldconfig', ['-p']).catch(() => '');
  if (!loaded.includes('libvulkan.so.1')) return undefined;
  return chosen ?? DRIVERS.find((file) => existsSync(file));
}
