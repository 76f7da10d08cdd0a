import { ReadStream } from 'node:fs';

/** Finds the paths of the files that a stream is made of. */
export type Inputs = () => Promise<readonly string[]>;

const inputsOfStages = new WeakMap<object, Inputs>();

/** Notes what a source reads. */
export function readsFrom(source: object, inputs: Inputs): void {
  inputsOfStages.set(source, inputs);
}

/** What stands at the front of the pipes that end in a stream, as far as it is known: null behind stages that are not ours. */
export function inputsOf(stream: object): Inputs | null {
  const known = inputsOfStages.get(stream);
  if (known !== undefined) return known;
  if (!(stream instanceof ReadStream) || stream.path === undefined || stream.path === null) return null;
  const path = stream.path.toString();
  return async () => [path];
}

/** Hands on to a stage what stands in front of the stream that is piped into it. */
export function handOnInputs(from: object, to: object): void {
  const inputs = inputsOf(from);
  if (inputs !== null) readsFrom(to, joined(inputsOfStages.get(to), inputs));
}

/** Both of these, where there are two. */
export function joined(some: Inputs | undefined, more: Inputs): Inputs {
  return some === undefined || some === more ? more : async () => [...(await some()), ...(await more())];
}
