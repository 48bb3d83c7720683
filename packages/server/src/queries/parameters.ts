import type { Settings } from '@goldcrest/engine';
import { ApiError } from '../errors/index.js';
import type { Parameters } from '../http/parameters.js';
import type { TemplateParameters } from './templates.js';

/** Request parameters that set how a result is written, all 0 or 1 (QY-07…QY-09, EP-15). */
const OUTPUT_PARAMETERS = [
  'output_format_json_quote_64bit_integers',
  'output_format_json_quote_denormals',
  'output_format_parquet_string_as_string',
];

/** The output settings that a request asks for. @throws ApiError invalid_parameter when one is neither 0 nor 1 */
export function outputSettings(parameters: Parameters): Settings {
  const settings: Record<string, number> = {};
  for (const name of OUTPUT_PARAMETERS) {
    const value = parameters.text(name);
    if (value === undefined) continue;
    if (value !== '0' && value !== '1') {
      throw ApiError.of('invalid_parameter', { name, reason: `\`${value}\` is neither 0 nor 1.` });
    }
    settings[name] = Number(value);
  }
  return settings;
}

/** Parameters that are about the request and are nothing to a template (QY-05). */
const RESERVED: ReadonlySet<string> = new Set(['token', 'q', 'pipeline', ...OUTPUT_PARAMETERS]);

/** What a request sends for templates: all its parameters but the reserved ones. */
export function templateParameters(parameters: Parameters): TemplateParameters {
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, value] of parameters.all()) if (!RESERVED.has(name)) values[name] = value;
  return values;
}
