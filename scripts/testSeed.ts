import fc from 'fast-check';

/**
 * Property tests draw the same values in every run, so that a run says something about the change and not about chance. To look for
 * what no run has seen yet, give another seed: `TEST_SEED=$RANDOM npm test`.
 */
fc.configureGlobal({ seed: Number(process.env['TEST_SEED'] ?? 7181) });
