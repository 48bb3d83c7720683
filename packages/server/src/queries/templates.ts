import { compileTemplate, type Rendered, type Template, TemplateError } from '@goldcrest/template';
import { ApiError } from '../errors/index.js';
import type { QuerySecrets } from './secrets.js';

/** What a request sends for the parameters of templates, by name: texts, arrays of texts, JSON values. */
export type TemplateParameters = Readonly<Record<string, unknown>>;

/** SQL that a template gave, with what its functions asked for beside it. SQL without a template is its own shape. */
export type RenderedSql = Pick<Rendered, 'sql' | 'shape' | 'settings' | 'cacheTtl'>;

/** Compiles a template (TPL-01). @throws ApiError template_failed when it can't be read */
export function readTemplate(text: string): Template {
  try {
    return compileTemplate(text);
  } catch (error) {
    throw templateError(error);
  }
}

/**
 * Renders a template with what a request sent (QY-04), and marks for secrets.
 * @throws ApiError template_failed, or what the template's author answers with `error()` and `custom_error()`
 */
export function renderTemplate(
  template: Template,
  parameters: TemplateParameters,
  secrets: QuerySecrets,
): RenderedSql {
  try {
    return template.render({ parameters, secrets: secrets.mark });
  } catch (error) {
    throw templateError(error);
  }
}

function templateError(error: unknown): unknown {
  if (!(error instanceof TemplateError)) return error;
  const { message, status, payload: body } = error;
  return ApiError.of(
    'template_failed',
    { message },
    { status, cause: error, ...(body === undefined ? {} : { body }) },
  );
}

/** Whether an error is one of rendering with these parameters; others might do. */
export function dependsOnParameters(error: unknown): boolean {
  if (!(error instanceof ApiError) || !(error.cause instanceof TemplateError)) return false;
  return error.cause.kind !== 'syntax';
}
