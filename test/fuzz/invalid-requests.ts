import fc from 'fast-check';
import type { Parameter } from '../../src/http/openapi/shapes.ts';
import { invalidBodies } from './bodies.ts';
import { canBeWrong, invalidTexts } from './schema-values.ts';
import { type Drawn, type FuzzRequest, ofAnyOperation, parametersOf, type Texts, targetOf } from './valid-requests.ts';

/** One thing that is wrong. */
type Fault = fc.Arbitrary<Partial<FuzzRequest>>;

const keyOf = (parameter: Parameter) => `${parameter.in} ${parameter.name}`;

/** The required parameters as in the examples. */
function examplesOf(drawn: Drawn): Texts {
  const required = parametersOf(drawn).filter(parameter => parameter.required);
  return Object.fromEntries(required.map(parameter => [keyOf(parameter), String(parameter.example)]));
}

function goodTarget(drawn: Drawn, more: readonly string[] = []): string {
  return targetOf(drawn, examplesOf(drawn), false, more);
}

function parameterFaults(drawn: Drawn, parameter: Parameter): readonly Fault[] {
  const { in: place, name, required, schema } = parameter;
  if (place === 'header' || !canBeWrong(schema)) return [];
  const withText = (text: string | undefined) => ({
    target: targetOf(drawn, { ...examplesOf(drawn), [keyOf(parameter)]: text }, false),
  });
  const faults: Fault[] = [invalidTexts(parameter).map(withText)];
  if (place === 'query') faults.push(fc.constant({ target: goodTarget(drawn, [`${name}=1`, `${name}=1`]) }));
  if (place === 'query' && required) faults.push(fc.constant(withText(undefined)));
  return faults;
}

const JSON_TYPE = 'application/json';

const bodyFaults: readonly Fault[] = [
  invalidBodies.map(body => ({ body })),
  fc
    .constantFrom('text/plain', 'application/jsonl', `${JSON_TYPE}; charset=klingon`, '')
    .map(type => ({ headers: { 'content-type': type } })),
  fc
    .constantFrom('gzip', 'br', 'nothing')
    .map(encoding => ({ headers: { 'content-type': JSON_TYPE, 'content-encoding': encoding } })),
];

/** What can be wrong with requests of an operation. */
function faultsOf(drawn: Drawn): readonly Fault[] {
  const { method, template, operation } = drawn;
  const faults: Fault[] = [
    fc.constantFrom('POST', 'TRACE', 'PROPFIND', 'QUERY').map(other => ({ method: other })),
    fc.constantFrom('/', '/more/most').map(tail => ({ target: goodTarget(drawn).replace(/(?=\?)|$/, tail) })),
  ];
  const wrong = parametersOf(drawn).flatMap(parameter => parameterFaults(drawn, parameter));
  // OPTIONS may look at a tag's name, and need not.
  if (method === 'options')
    return [...faults, ...wrong.map(each => each.map(fault => ({ ...fault, isValid: undefined })))];
  faults.push(...wrong);
  if (template.startsWith('/id/') || template === '/status') {
    faults.push(
      fc.constantFrom('cuont=3', '__proto__=1', '%zz', 'a&b').map(pair => ({ target: goodTarget(drawn, [pair]) })),
    );
  }
  if (operation.requestBody !== undefined) faults.push(...bodyFaults);
  return faults;
}

/** Requests that the document does not allow, for one reason each. */
export const invalidRequests: fc.Arbitrary<FuzzRequest> = ofAnyOperation(drawn => {
  const hasBody = drawn.operation.requestBody !== undefined;
  return fc.oneof(...faultsOf(drawn)).map(fault => ({
    method: drawn.method.toUpperCase(),
    target: goodTarget(drawn),
    headers: hasBody ? { 'content-type': JSON_TYPE } : ({} as Record<string, string>),
    body: hasBody ? '{"step":1}' : undefined,
    isValid: false,
    ...fault,
  }));
});
