/** Names that package.json and the code must agree on; a unit test compares them. */
export const COMMANDS = {
  generateFromPrompt: 'draftscope.generateFromPrompt',
  generateFromSelection: 'draftscope.generateFromSelection',
  cancel: 'draftscope.cancel',
  chooseDrafter: 'draftscope.chooseDrafter',
  chooseModel: 'draftscope.chooseModel',
  openTrace: 'draftscope.openTrace',
  exportTrace: 'draftscope.exportTrace',
  exportView: 'draftscope.exportView',
  compareTraces: 'draftscope.compareTraces',
  openSampleTrace: 'draftscope.openSampleTrace',
  forgetOutputs: 'draftscope.forgetOutputs',
  fetchCuda: 'draftscope.fetchCuda',
  showRound: 'draftscope.showRound',
  toggleMarks: 'draftscope.toggleMarks',
  quickActions: 'draftscope.quickActions',
  showLog: 'draftscope.showLog',
} as const;

export const GENERATION_VIEW = 'draftscope.generation';
export const TRACE_EDITOR = 'draftscope.trace';

/** Context key: a generation runs or a model is being loaded. */
export const BUSY_CONTEXT = 'draftscope.busy';

/** Context key: the active editor holds generated tokens that are known. */
export const MARKED_CONTEXT = 'draftscope.marked';
