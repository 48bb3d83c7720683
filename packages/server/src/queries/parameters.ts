import type { Settings } from '@goldcrest/engine';
import { ApiError } from '../errors/index.js';
import type { Parameters } from '../http/parameters.js';

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
