import { ApiError } from '../errors/index.js';
import type { Parameters } from '../http/parameters.js';
import type { WantedTarget } from './target.js';

/** The Data Source that a node is to be materialized into (MV-02). @throws ApiError missing_parameter, not_available */
export function readWantedTarget(parameters: Parameters): WantedTarget {
  refusePopulate(parameters);
  const hint = 'Name the Data Source that the rows go to; it is created if it is not there.';
  return {
    name: parameters.required('datasource', hint),
    override: parameters.flag('override_datasource', false),
    engineOptions: parameters.startingWith('engine'),
  };
}

function refusePopulate(parameters: Parameters): void {
  const names = ['populate_subset', 'populate_condition'];
  const asked = parameters.flag('populate', false)
    ? 'populate'
    : [...names, 'unlink_on_populate_error'].find((name) => isAsked(parameters.text(name)));
  if (asked === undefined) return;
  const instead = 'Leave it out: the view takes the rows that come in from now on.';
  throw ApiError.of('not_available', { feature: `The parameter \`${asked}\``, instead });
}

function isAsked(value: string | undefined): boolean {
  return !['', 'false', '0', 'no', 'off'].includes(value?.toLowerCase() ?? '');
}
