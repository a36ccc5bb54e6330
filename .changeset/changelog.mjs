// How a release tells its changes. The default puts the hash of a commit before each, which tells who installs the package nothing,
// and names an updated dependency once for every change that it has.

export default {
  getReleaseLine: ({ summary }) => `- ${summary.trimEnd().replaceAll(/\n(?=.)/g, '\n  ')}`,
  getDependencyReleaseLine: (_changesets, updated) =>
    updated.length === 0
      ? ''
      : `- With ${updated.map(({ name, newVersion }) => `${name}@${newVersion}`).join(', ')}.`,
};
