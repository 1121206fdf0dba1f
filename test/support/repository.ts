/** Tests run in the repository's root: their bundles lie elsewhere. */
export const repositoryRoot = process.cwd();
