import { compileTemplate, isTemplate, TemplateError, type TemplateParameter } from '@goldcrest/template';

/** A parameter of a node as the API shows it (PS-23). Keys that a parameter says nothing about are left out. */
export interface ShownParameter
  extends Pick<
    TemplateParameter,
    'name' | 'type' | 'default' | 'required' | 'description' | 'enum' | 'example' | 'format'
  > {
  /** There for names with an underscore in front, which documentation does not show (CHD-03). */
  private?: true;
}

/** The parameters that a node's template takes, in order (PS-23); none for plain SQL and for a template that can not be read. */
export function parametersOf(sql: string): ShownParameter[] {
  if (!isTemplate(sql)) return [];
  try {
    return compileTemplate(sql).parameters.map(show);
  } catch (error) {
    // Such a node can only be stored with ignore_sql_errors; what is wrong with it is said when it runs.
    if (error instanceof TemplateError) return [];
    throw error;
  }
}

function show({ uses, typed, elementType, private: isPrivate, ...rest }: TemplateParameter): ShownParameter {
  const type = elementType === undefined ? rest.type : `${rest.type}(${elementType})`;
  return { ...rest, type, ...(isPrivate ? { private: true } : {}) };
}
